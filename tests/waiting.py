"""Waiting for a condition while the greenlets of this process run."""

import gevent


def until(condition, seconds=20):
    """Let other greenlets run until the condition holds, and return its value; fail after `seconds`."""
    with gevent.Timeout(seconds, AssertionError("the condition was not met in time")):
        while not (value := condition()):
            gevent.sleep(0.001)
        return value


def until_notified():
    """Wait until everybody is notified of all messages that were posted so far, unless the consumer was stopped."""
    from hubbub.chat import notifier  # programs that only wait need not load the product
    from hubbub.core import consumers

    until(lambda: notifier.NAME not in consumers.state().runners or not notifier.consumer.behind())
