"""The catalogues of strings: their format, and that the page shows no text from anywhere else."""

import json
import re

import pytest

from hubbub import application, slices  # noqa: F401  (application lists the slices)
from hubbub.core import strings
from hubbub.web import static_tree

PACKAGE = static_tree.PACKAGE
CATALOGUES = sorted(PACKAGE.glob("*/strings/*.json"))
MODULES = [path for path in sorted(PACKAGE.glob("*/static/**/*.js")) if "vendor" not in path.parts]
ENGLISH = strings.merge(path.parent.parent for path in CATALOGUES)["en"]
SLICES = "|".join(sorted({path.parent.parent.name for path in CATALOGUES}))
NAME = re.compile(rf'"((?:{SLICES})\.[\w.:-]+)"')
PREFIX = re.compile(rf"`((?:{SLICES})\.[\w.]*)\$\{{")
ASKED = re.compile(r"""\bt\(["`]([^"`$]*(?:\$\{)?)""")
SPOKEN = re.compile(r"""\b(?:aria-label|title|placeholder|alt|aria-description)=["'][^"']*\w""")
BRAND = {"Hubbub"}


def templates(source):
    """Return the source of every htm template, nested ones on their own, with `${}` for each expression."""
    found, stack = [], []  # of the source, of a template literal, or of an expression in it
    for token in re.findall(r"html`|\$\{|[`{}]|[^`{}$h]+|.", source.replace('"`"', '""'), re.DOTALL):
        kind = stack[-1] if stack else ["code"]
        if token in ("html`", "`") and kind[0] == "code":
            stack.append(["htm" if token == "html`" else "text", ""])
        elif token == "`":
            found += [text for name, text in [stack.pop()] if name == "htm"]
        elif token == "${" and kind[0] != "code":
            kind[1] += "${}"
            stack.append(["code"])
        elif token == "{" and kind[0] == "code":
            stack.append(["code"])
        elif token == "}" and kind[0] == "code" and stack:
            stack.pop()
        elif kind[0] != "code":
            kind[1] += token
    return found


def texts(template):
    """Return what a reader would see or hear of a template outside of its expressions."""
    inside = [text.strip() for text in re.sub(r"<[^>]*>", "\n", template).split("\n")]
    return [text for text in inside if re.search(r"[A-Za-z]{2}", text) and text not in BRAND] + SPOKEN.findall(template)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_catalogue_is_sorted_and_its_ids_begin_with_the_slice(path):
    catalogue, slice = json.loads(path.read_text("utf-8")), path.parent.parent.name

    assert list(catalogue) == sorted(catalogue)
    assert [name for name in catalogue if not name.startswith((f"{slice}.", "error."))] == []
    for text in catalogue.values():
        assert isinstance(text, str) or "other" in text


def test_the_page_uses_only_strings_that_exist_and_all_of_them():
    inbox = [kind.text for kind in slices.inbox_kinds().values()]
    used, prefixes, unknown = {*inbox, *(f"{text}.bare" for text in inbox)}, set(), set()
    for path in MODULES:
        source = path.read_text("utf-8")
        used |= set(NAME.findall(source))
        prefixes |= set(PREFIX.findall(source))
        unknown |= {name for name in ASKED.findall(source) if name not in ENGLISH and not name.endswith("${")}
        unknown |= {name for name in ASKED.findall(source) if name.endswith("${") and not PREFIX.match(f"`{name}")}
    shown = {name for name in ENGLISH if not name.startswith("error.")}

    assert sorted(used - set(ENGLISH)) == []
    assert sorted(unknown) == []
    assert sorted(name for name in shown - used if not name.startswith(tuple(prefixes))) == []
    assert sorted(prefix for prefix in prefixes if not any(name.startswith(prefix) for name in shown)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_of_the_page_holds_no_text_outside_the_catalogue(path):
    assert [text for template in templates(path.read_text("utf-8")) for text in texts(template)] == []


def test_texts_outside_the_catalogue_are_found():
    source = 'html`<p title="Close it">${x && html`<b>Hello ${`a${b}`}</b>`} ${t("web.close")}<br /> and more</p>`'

    assert [texts(template) for template in templates(source)] == [["Hello ${}"], ["and more", 'title="Close it']]


def test_a_text_is_filled_in_with_the_plural_of_n():
    replies = {"one": "{n} reply", "other": "{n} replies"}

    assert [strings.fill(replies, n=n) for n in (0, 1, 2)] == ["0 replies", "1 reply", "2 replies"]
    assert strings.fill("At most {limit} characters in {room}", limit=5, room="{n}") == "At most 5 characters in {n}"


def test_english_fills_the_gaps_of_another_language(tmp_path):
    for name, text in (("en", {"a.x": "X", "a.y": "Y"}), ("de", {"a.x": "Ix"})):
        (tmp_path / "strings").mkdir(exist_ok=True)
        (tmp_path / f"strings/{name}.json").write_text(json.dumps(text))

    assert strings.merge([tmp_path]) == {"en": {"a.x": "X", "a.y": "Y"}, "de": {"a.x": "Ix", "a.y": "Y"}}
