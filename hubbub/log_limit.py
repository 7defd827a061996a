"""A limit on repeated lines in the log, so that no client can fill the disk: the rest of them are summed up.

The lines of one message, whatever its values, count together.  Of each message, 20 lines a minute are written; then one
says how many more there were.
"""

import logging

import gevent

LINES, INTERVAL = 20, 60.0  # of one message, in so many seconds
MESSAGES = 1000  # counted at a time

Message = tuple[str, int, str]  # logger, level, message without its values


class LogLimit(logging.Filter):
    """Passes the first lines of each message, and counts the others until `sum_up`."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[Message, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is written."""
        message = record.name, record.levelno, str(record.msg)
        if message not in self.counts and len(self.counts) >= MESSAGES:
            return True
        self.counts[message] = self.counts.get(message, 0) + 1
        return self.counts[message] <= LINES

    def sum_up(self) -> None:
        """Write how many lines of each message were not written, and start counting again."""
        counts, self.counts = self.counts, {}
        for (name, level, text), count in counts.items():
            if count > LINES:
                logging.getLogger(name).log(level, "%d more like this in the last minute: %s", count - LINES, text)

    def run(self) -> None:
        """Sum up every minute, forever."""
        while True:
            gevent.sleep(INTERVAL)
            self.sum_up()
