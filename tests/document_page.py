"""A person's copy of a document, as a page holds it: edits, what is not sent yet, and what came from the server."""

import base64
import itertools

from pycrdt import Doc, Text

from hubbub.core import log
from hubbub.documents import model, updates

keys = itertools.count()


class DocumentPage:
    """One person's page with an open document; it is offline until `send` or `catch_up` is called."""

    def __init__(self, person, channel):
        self.person, self.channel = person, channel
        self.doc = Doc()
        self.text = self.doc.get("text", type=Text)
        self.seq = 0
        self.unsent = []
        self._is_local = True
        self.doc.observe(self._record)

    def _record(self, event):
        if self._is_local:
            self.unsent.append(event.update)

    def apply(self, update):
        """Apply an update from the server, which is not to be sent back."""
        self._is_local = False
        self.doc.apply_update(update)
        self._is_local = True

    def write(self, at, words):
        """Insert ASCII text at a position."""
        self.text.insert(min(at, len(self.text)), words)

    def erase(self, at, count):
        first = min(at, len(self.text))
        del self.text[first:min(first + count, len(self.text))]

    def send(self, reads):
        """Send each unsent update under a key of its own, then catch up with the others."""
        while self.unsent:
            self.post(self.unsent[0], f"k{next(keys)}")
            self.unsent.pop(0)
        self.catch_up(reads)

    def post(self, update, key):
        return updates.update(self.person, self.channel, encoded(update), key)

    def catch_up(self, reads):
        """Apply the entries after the cursor."""
        for entry in log.read(reads, self.channel, self.seq, 10_000):
            self.seq = entry.seq
            if entry.kind == "update":
                self.apply(base64.b64decode(entry.data["update"]))

    def open(self, reads):
        """Load the document's window and move the cursor to its head."""
        window = model.opened(reads, self.channel, None)
        self.seq = log.head(reads, self.channel).seq
        for update in [window["state"], *window["updates"]]:
            if update:
                self.apply(base64.b64decode(update))

    def __str__(self):
        return str(self.text)


def encoded(update):
    return base64.b64encode(update).decode()
