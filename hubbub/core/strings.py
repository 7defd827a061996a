"""Catalogues of strings: a package keeps its own, by id, in `<package>/strings/<language>.json`.

A catalogue is one flat JSON object.  A value is a text with `{parameters}`, or an object with one text for each plural
category of the parameter `n`:

    {"chat.send": "Send", "chat.answers.count": {"one": "{n} reply", "other": "{n} replies"}}

Ids begin with the slice's name (`chat.send`); those of refusals begin with `error.` (`error.message_too_long`).
`{limit:,}` is a number with separators between the thousands.  Each language has the ids and parameters of English
(`tests/test_strings.py`).  The page gets the catalogues of its reader's language, and chooses plural forms and
separators by it.  The server sends refusals in English with their ids, which the page translates; only push messages
leave the server in the language of their reader.
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

RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}

_texts: dict[str, Catalogue] = {ENGLISH: {}}  # of all registered packages, by language


def register(package: str) -> None:
    """Add a package's strings to those that `translate` and `english` return."""
    folder = resources.files(package)
    for language in languages([folder]):
        _texts.setdefault(language, {}).update(read(folder, language))


def english(id: str, **params: object) -> str:
    """Return the English string with this id, its parameters filled in."""
    return fill(_texts[ENGLISH][id], **params)


def translate(language: str, id: str, **params: object) -> str:
    """Return the string with this id in a language, or in English if it has none."""
    return fill(_texts.get(language, {}).get(id, _texts[ENGLISH][id]), **params)


def known() -> list[str]:
    """Return the languages of all registered packages."""
    return sorted(_texts)


def direction(language: str) -> str:
    """Return the direction in which a language is written, as in the `dir` attribute of HTML."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def languages(folders: Iterable[Traversable]) -> list[str]:
    """Return the languages in which any of these packages has a catalogue; English is always one of them."""
    places = [folder / "strings" for folder in folders]
    names = [file.name for place in places if place.is_dir() for file in place.iterdir()]
    return sorted({ENGLISH, *(name.removesuffix(".json") for name in names if name.endswith(".json"))})


def read(folder: Traversable, language: str) -> Catalogue:
    """Return the catalogue of the package in this folder; it is empty if there is none in this language."""
    file = folder / "strings" / f"{language}.json"
    return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}


def merge(folders: Iterable[Traversable]) -> dict[str, Catalogue]:
    """Return the page's strings of all these packages by language; English fills the gaps of other languages.

    English has no refusals, which the server sends in English already.
    """
    folders = list(folders)
    found = {language: Catalogue() for language in languages(folders)}
    for language, catalogue in found.items():
        for folder in folders:
            english = {id: text for id, text in read(folder, ENGLISH).items() if not id.startswith("error.")}
            catalogue |= english if language == ENGLISH else english | read(folder, language)
    return found


def fill(text: Text, **params: object) -> str:
    """Return the text with its parameters filled in; `n` chooses between two plural forms, as in English and German."""
    if isinstance(text, dict):
        text = text["one"] if params.get("n") == 1 and "one" in text else text["other"]
    return string.Formatter().vformat(text, (), params)


register("hubbub.core")
