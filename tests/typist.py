"""Somebody's copy of a document, as a page holds it: edits, what is not sent yet, and what came from the server."""

import base64
import itertools

from pycrdt import Doc, Text

from hubbub.core import log
from hubbub.documents import model, updates

keys = itertools.count()


class Replica:
    """One page of one person; `cut` it is, until it comes back."""

    def __init__(self, person, channel):
        self.person, self.channel = person, channel
        self.doc = Doc()
        self.text = self.doc.get("text", type=Text)
        self.seq = 0
        self.typed = []
        self._mine = True
        self.doc.observe(self._note)

    def _note(self, event):
        if self._mine:
            self.typed.append(event.update)

    def apply(self, update):
        """Take in what came from the server; it is nothing that was typed here."""
        self._mine = False
        self.doc.apply_update(update)
        self._mine = True

    def write(self, at, words):
        """Type words at a place, in bytes of what is plain ASCII here."""
        self.text.insert(min(at, len(self.text)), words)

    def erase(self, at, count):
        first = min(at, len(self.text))
        del self.text[first:min(first + count, len(self.text))]

    def send(self, reads):
        """Send what was typed, each under a key that is kept over retries; and hear what others did."""
        while self.typed:
            self.post(self.typed[0], f"k{next(keys)}")
            self.typed.pop(0)
        self.hear(reads)

    def post(self, update, key):
        return updates.update(self.person, self.channel, encoded(update), key)

    def hear(self, reads):
        """Catch up by cursor."""
        for entry in log.read(reads, self.channel, self.seq, 10_000):
            self.seq = entry.seq
            if entry.kind == "update":
                self.apply(base64.b64decode(entry.data["update"]))

    def open(self, reads):
        """What a page does first: the window, then what comes after it."""
        window = model.opened(reads, self.channel, None)
        self.seq = log.head(reads, self.channel).seq
        for update in [window["state"], *window["updates"]]:
            if update:
                self.apply(base64.b64decode(update))

    def __str__(self):
        return str(self.text)


def encoded(update):
    return base64.b64encode(update).decode()
