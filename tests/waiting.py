"""Waiting for a condition while the greenlets of this process run."""

import gevent


def until(condition, seconds=20):
    """Let other greenlets run until the condition holds, and return its value; fail after `seconds`.

    It asks more and more rarely, since a condition may cost much, and other tests need the processor.
    """
    pause = 0.001
    with gevent.Timeout(seconds, AssertionError("the condition was not met in time")):
        while not (value := condition()):
            gevent.sleep(pause)
            pause = min(1.3 * pause, 0.02)
        return value


def until_notified():
    """Wait until everybody is notified of all messages that were posted so far, unless the consumer was stopped."""
    from hubbub.chat import notifier  # programs that only wait need not load the product
    from hubbub.core import consumers

    until(lambda: notifier.NAME not in consumers.state().runners or not notifier.consumer.behind())
