"""Waiting for a condition while the greenlets of this process run."""

import gevent


def until(condition, seconds=20):
    """Let other greenlets run until the condition holds, and return its value; fail after `seconds`."""
    with gevent.Timeout(seconds, AssertionError("the condition was not met in time")):
        while not (value := condition()):
            gevent.sleep(0.001)
        return value
