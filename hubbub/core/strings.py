"""Catalogues of strings: a package keeps its own, by id, in `<package>/strings/<language>.json`.

A catalogue is one flat JSON object.  A value is a text with `{parameters}`, or an object with one text for each plural
category of the parameter `n`:

    {"chat.send": "Send", "chat.answers.count": {"one": "{n} reply", "other": "{n} replies"}}

Ids begin with the slice's name (`chat.send`); those of refusals begin with `error.` (`error.message_too_long`).
`{limit:,}` is a number with separators between the thousands.  The page uses the same catalogues, and chooses plural
forms and separators by its language; the server speaks English only, and sends refusals in English with their ids.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable

ENGLISH = "en"
Text = str | dict[str, str]
Catalogue = dict[str, Text]

_english: Catalogue = {}  # of all registered packages


def register(package: str) -> None:
    """Add a package's English strings to those that `english` returns."""
    _english.update(read(resources.files(package), ENGLISH))


def english(id: str, **params: object) -> str:
    """Return the English string with this id, its parameters filled in."""
    return fill(_english[id], **params)


def read(folder: Traversable, language: str) -> Catalogue:
    """Return the catalogue of the package in this folder; it is empty if there is none in this language."""
    file = folder / "strings" / f"{language}.json"
    return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}


def merge(folders: Iterable[Traversable]) -> dict[str, Catalogue]:
    """Return the page's strings of all these packages by language; English fills the gaps of other languages.

    English has no refusals, which the server sends in English already.
    """
    folders = list(folders)
    places = [folder / "strings" for folder in folders]
    files = [file.name for place in places if place.is_dir() for file in place.iterdir()]
    languages = {ENGLISH, *(name.removesuffix(".json") for name in files if name.endswith(".json"))}
    found = {language: Catalogue() for language in sorted(languages)}
    for language, catalogue in found.items():
        for folder in folders:
            english = {id: text for id, text in read(folder, ENGLISH).items() if not id.startswith("error.")}
            catalogue |= english if language == ENGLISH else english | read(folder, language)
    return found


def fill(text: Text, **params: object) -> str:
    """Return the text with its parameters filled in; `n` chooses between the English plural forms."""
    if isinstance(text, dict):
        text = text["one"] if params.get("n") == 1 and "one" in text else text["other"]
    return string.Formatter().vformat(text, (), params)


register("hubbub.core")
