"""The limit on repeated lines in the log."""

import logging

import pytest

from hubbub import log_limit


@pytest.fixture
def logged():
    """A logger behind a limit, the limit, and the lines that are written."""
    lines, limit = [], log_limit.LogLimit()
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    handler.addFilter(limit)
    logger = logging.getLogger("hubbub.flood")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield logger, limit, lines
    logger.removeHandler(handler)


def test_repeated_lines_are_summed_up_with_their_number(logged):
    logger, limit, lines = logged

    for n in range(log_limit.LINES + 37):
        logger.info("refused a request from 192.0.2.%d", n)
    logger.info("another message")
    limit.sum_up()

    assert lines[:2] == ["refused a request from 192.0.2.0", "refused a request from 192.0.2.1"]
    assert lines[log_limit.LINES:] == [
        "another message", "37 more like this in the last minute: refused a request from 192.0.2.%d"]


def test_lines_are_written_again_after_the_sum(logged):
    logger, limit, lines = logged
    for _ in range(log_limit.LINES * 2):
        logger.info("flood")
    limit.sum_up()
    lines.clear()

    logger.info("flood")
    limit.sum_up()

    assert lines == ["flood"]


def test_few_lines_have_no_sum_and_the_number_of_messages_is_limited(logged):
    logger, limit, lines = logged

    for n in range(log_limit.MESSAGES + 10):
        logger.info(f"message {n}")
    limit.sum_up()

    assert len(lines) == log_limit.MESSAGES + 10
