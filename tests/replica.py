"""A page's document without the page: somebody types into it, and what was typed is kept until it is sent."""

import base64

from pycrdt import Doc, Text, merge_updates

DOC = "doc:1"


class Replica:
    """One person's copy of a document; `waiting` is what they typed and nobody else has."""

    def __init__(self, client=None):
        self.doc = Doc(client_id=client)
        self.text = self.doc.get("text", type=Text)
        self.waiting = []
        self.seen = 0  # up to which entry
        self._mine = True
        self._watch = self.doc.observe(self._typed)

    def _typed(self, event):
        if self._mine:
            self.waiting.append(event.update)

    def __str__(self):
        return str(self.text)

    def type(self, words, at=None):
        """Put words before the character `at`, by default at the end."""
        text = str(self.text)
        self.text.insert(len(text[:at].encode()), words)
        return self

    def erase(self, first, last):
        """Take characters out."""
        text = str(self.text)
        start, end = len(text[:first].encode()), len(text[:last].encode())
        if end > start:
            del self.text[start:end]
        return self

    def take(self, raw):
        """What others typed."""
        self._mine = False
        self.doc.apply_update(raw)
        self._mine = True

    def send(self):
        """Everything that waits, as one update in base64."""
        raw = merge_updates(*self.waiting) if len(self.waiting) > 1 else self.waiting[0]
        self.waiting = []
        return encoded(raw)

    def open(self, window):
        """The document as a page starts with it."""
        for update in filter(None, [window["state"], *window["updates"]]):
            self.take(base64.b64decode(update))
        self.seen = window["as_of"][0]
        return self

    def hear(self, entries):
        """What came after that."""
        for entry in entries:
            data = entry["data"] if isinstance(entry, dict) else entry.data
            if "update" in data:
                self.take(base64.b64decode(data["update"]))
            self.seen = entry["seq"] if isinstance(entry, dict) else entry.seq
        return self


def encoded(raw):
    return base64.b64encode(raw).decode()


def typed(words, client=None):
    """An update in base64 that begins a text with these words."""
    return Replica(client).type(words).send()
