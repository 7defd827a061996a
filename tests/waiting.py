"""Waiting for a condition while the greenlets of this process run."""

import gevent

from hubbub.chat import notifier
from hubbub.core import consumers


def until(condition, seconds=20):
    """Let other greenlets run until the condition holds, and return its value; fail after `seconds`."""
    with gevent.Timeout(seconds, AssertionError("the condition was not met in time")):
        while not (value := condition()):
            gevent.sleep(0.001)
        return value


def until_notified():
    """Wait until everybody is notified of all messages that were posted so far, unless the consumer was stopped."""
    until(lambda: notifier.NAME not in consumers.state().runners or not notifier.consumer.behind())
