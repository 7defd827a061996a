"""A client's copy of a document, with the edits that it has not sent yet."""

import base64

from pycrdt import Doc, Text, merge_updates

DOC = "doc:1"


class Replica:
    """One person's copy of a document; `unsent` are the updates that nobody else has."""

    def __init__(self, client=None):
        self.doc = Doc(client_id=client)
        self.text = self.doc.get("text", type=Text)
        self.unsent = []
        self.seen = 0  # the seq of the last entry applied
        self._is_local = True
        self._subscription = self.doc.observe(self._record)

    def _record(self, event):
        if self._is_local:
            self.unsent.append(event.update)

    def __str__(self):
        return str(self.text)

    def type(self, words, at=None):
        """Insert text before the character `at`, by default at the end."""
        text = str(self.text)
        self.text.insert(len(text[:at].encode()), words)
        return self

    def erase(self, first, last):
        """Delete characters."""
        text = str(self.text)
        start, end = len(text[:first].encode()), len(text[:last].encode())
        if end > start:
            del self.text[start:end]
        return self

    def apply(self, raw):
        """Apply an update of others."""
        self._is_local = False
        self.doc.apply_update(raw)
        self._is_local = True

    def send(self):
        """Return all unsent updates as one update in base64."""
        raw = merge_updates(*self.unsent) if len(self.unsent) > 1 else self.unsent[0]
        self.unsent = []
        return encoded(raw)

    def open(self, window):
        """Load the document from its window."""
        for update in filter(None, [window["state"], *window["updates"]]):
            self.apply(base64.b64decode(update))
        self.seen = window["as_of"][0]
        return self

    def apply_entries(self, entries):
        """Apply the entries after the window."""
        for entry in entries:
            data = entry["data"] if isinstance(entry, dict) else entry.data
            if "update" in data:
                self.apply(base64.b64decode(data["update"]))
            self.seen = entry["seq"] if isinstance(entry, dict) else entry.seq
        return self


def encoded(raw):
    return base64.b64encode(raw).decode()


def typed(words, client=None):
    """Return an update in base64 that inserts these words into an empty document."""
    return Replica(client).type(words).send()
