"""The catalogues of strings: their format, and that neither page nor refusals show text from anywhere else."""

import ast
import json
import re
import string
from collections import Counter

import pytest

from hubbub import application, slices  # noqa: F401  (application lists the slices)
from hubbub.core import strings
from hubbub.core.access import Refused
from hubbub.web import static_tree

PACKAGE = static_tree.PACKAGE
EXAMPLES = PACKAGE.parent / "examples"
CATALOGUES = sorted([*PACKAGE.glob("*/strings/*.json"), *EXAMPLES.glob("*/*/strings/*.json")])
FOLDERS = sorted({path.parent for path in CATALOGUES})
PLURAL_FORMS = {"en": {"one", "other"}, "de": {"one", "other"}}  # of each language, as `Intl.PluralRules` names them
SOURCES = sorted([*PACKAGE.rglob("*.py"), *EXAMPLES.rglob("*.py")])
REFUSALS = [(id, text) for path in CATALOGUES if path.stem == "en"
            for id, text in json.loads(path.read_text("utf-8")).items() if id.startswith("error.")]
MODULES = [path for path in sorted(PACKAGE.glob("*/static/**/*.js")) if "vendor" not in path.parts]
ENGLISH = strings.merge(PACKAGE.iterdir())["en"]
SLICES = "|".join(sorted({id.partition(".")[0] for id in ENGLISH}))
NAME = re.compile(rf'"((?:{SLICES})\.[\w.:-]+)"')
PREFIX = re.compile(rf"`((?:{SLICES})\.[\w.]*)\$\{{")
ASKED = re.compile(r"""\bt\(["`]([^"`$]*(?:\$\{)?)""")
SPOKEN = re.compile(r"""\b(?:aria-label|title|placeholder|alt|aria-description)=["'][^"']*\w""")
BRAND = {"Hubbub"}
TEMPLATES = sorted(PACKAGE.glob("web/templates/*.html"))
LITERAL = re.compile(r'''"([^"\n]*)"|`([^`\n]*)`''')
WORDS = re.compile(r"^[A-Z][a-z]+(?:,? [A-Za-z${}]+)+|\b[a-z]{2,} [a-z]{2,}[a-z ]*[.!?…]|^\$\{[^}]*\} [kMG]?B$")
KEYS = {"Ctrl", "Strg", "Esc", "Del", "Alt", "Shift"}  # names of keys as people read them; none is an event's `key`
FOR_DEVELOPERS = re.compile(r"^\s*(?://|\*|/\*)|\breport\(|\bcallEach\(|\bnew Error\(|\bimport\b|className|^@")


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


def refusals(source):
    """Return the id and the parameters of each refusal in a module; a variable is any id outside of such calls."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)
             and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Refused"]
    literal = [texts_in(call.args[0]) for call in calls]
    variable = {text for text in texts_in(tree) if text.startswith("error.")}.difference(*literal)
    return [(id, frozenset(keyword.arg for keyword in call.keywords) - {"retry_after"})
            for call, ids in zip(calls, literal, strict=True) for id in ids or variable or {ast.unparse(call)}]


def texts_in(tree):
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def parameters(text):
    """Return the names of the parameters of a string, or of all its plural forms."""
    forms = [text] if isinstance(text, str) else text.values()
    found = {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}
    return found if isinstance(text, str) else found | {"n"}


def faults(source, catalogue):
    return [(id, *sorted(params)) for id, params in refusals(source)
            if id not in catalogue or params != parameters(catalogue[id])]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(PACKAGE.parent).as_posix())
def test_each_refusal_has_a_string_with_its_parameters(path):
    source = path.read_text("utf-8")

    assert faults(source, dict(REFUSALS)) == []
    assert re.findall(r'"error": f?"', source) == []


def test_each_string_of_a_refusal_is_used():
    used = {id for path in SOURCES for id, _ in refusals(path.read_text("utf-8"))}

    assert sorted(dict(REFUSALS).keys() - used) == []


def test_no_two_catalogues_have_a_string_with_the_same_id():
    assert [id for id, count in Counter(id for id, _ in REFUSALS).items() if count > 1] == []


def test_faulty_refusals_are_found():
    catalogue = {"error.long": "At most {limit:,}.", "error.wait": {"one": "A second.", "other": "{n} seconds."}}
    good = ('Refused("error.long", "x", limit=5, retry_after=1)', 'access.Refused("error.wait", n=2)',
            'ID = "error.wait"\nRefused(ID, n=1)', 'Refused("error.wait" if x else "error.wait", n=1)')
    bad = ('Refused("plain text")', 'Refused(f"error.{x}")', "Refused(text)", 'Refused("error.none")',
           'Refused("error.long")', 'Refused("error.long", limit=5, n=1)', 'ID = "error.wait"\nRefused(ID)',
           'Refused("error.wait" if x else "plain", n=1)', 'ID = "error.wait"\nRefused("plain")')

    assert [source for source in good if faults(source, catalogue)] == []
    assert [source for source in bad if not faults(source, catalogue)] == []


def test_a_refusal_has_its_english_and_what_others_need_to_translate_it():
    refusal = Refused("error.message_too_long", "too_large", limit=16_000)

    assert refusal.payload == {"error": "Your message is too long: 16,000 characters at most.", "code": "too_large",
                               "id": "error.message_too_long", "params": {"limit": 16_000}}
    assert Refused("error.channel_not_found", "not_found").payload == {
        "error": "There is no such channel.", "code": "not_found", "id": "error.channel_not_found"}


def test_each_refusal_is_a_sentence():
    texts = [form for _, text in REFUSALS for form in ([text] if isinstance(text, str) else text.values())]

    assert [text for text in texts if not re.match(r"[A-Z@{]", text) or not text.endswith(".")] == []


def test_the_english_page_gets_no_refusals():
    files = static_tree.tree().files

    assert not any('"error.' in files[f"strings/{name}.js"].decode() for name in ("en", "en-later"))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_catalogue_is_sorted_and_its_ids_begin_with_the_slice(path):
    catalogue, slice = json.loads(path.read_text("utf-8")), path.parent.parent.name.removeprefix("hubbub_")

    assert list(catalogue) == sorted(catalogue)
    assert [name for name in catalogue if not name.startswith((f"{slice}.", "error."))] == []
    for text in catalogue.values():
        assert isinstance(text, str) or "other" in text


def differences(language, english, translated):
    """Return what a catalogue lacks of English, has beyond it, or says with other parameters or plural forms."""
    both = english.keys() & translated.keys()
    forms = {id: set(text) if isinstance(text, dict) else None for id, text in translated.items()}
    return {
        "missing": sorted(english.keys() - translated.keys()),
        "not in English": sorted(translated.keys() - english.keys()),
        "other parameters": sorted(id for id in both if parameters(english[id]) != parameters(translated[id])),
        "other plural forms": sorted(id for id in both if forms[id] != (
            PLURAL_FORMS[language] if isinstance(english[id], dict) else None)),
    }


@pytest.mark.parametrize("language", PLURAL_FORMS)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_each_language_has_exactly_the_strings_and_parameters_of_english(folder, language):
    english = json.loads((folder / "en.json").read_text("utf-8"))
    file = folder / f"{language}.json"
    translated = json.loads(file.read_text("utf-8")) if file.exists() else {}

    found = [f"{what}: {id}" for what, ids in differences(language, english, translated).items() for id in ids]
    assert not found, f"{file.relative_to(PACKAGE.parent)}\n" + "\n".join(found)


def test_each_language_of_a_catalogue_is_compared_with_english():
    assert {path.stem for path in CATALOGUES} == set(PLURAL_FORMS)


def test_faulty_translations_are_found():
    english = {"a": "A", "b": "{x}", "c": {"one": "{n} c", "other": "{n} cs"}, "d": "D"}

    assert differences("de", english, {"b": "{y}", "c": {"other": "{n}"}, "d": "D", "e": "E"}) == {
        "missing": ["a"], "not in English": ["e"], "other parameters": ["b"], "other plural forms": ["c"]}


def test_the_server_translates_into_the_readers_language_or_english():
    assert strings.translate("de", "chat.inbox.direct", name="Maya") == "Maya hat dir geschrieben"
    assert strings.translate("xx", "chat.inbox.direct", name="Maya") == "Maya wrote to you"
    assert [strings.direction(language) for language in ("de", "ar", "he-IL")] == ["ltr", "rtl", "rtl"]


def test_the_page_uses_only_strings_that_exist_and_all_of_them():
    inbox = [kind.text for kind in slices.inbox_kinds().values()]
    used, prefixes, unknown = {*inbox, *(f"{text}.bare" for text in inbox)}, set(), set()
    used |= {id for path in SOURCES for id in NAME.findall(path.read_text("utf-8")) if id in ENGLISH}
    for path in [*MODULES, *TEMPLATES]:
        source = path.read_text("utf-8")
        used |= set(NAME.findall(source))
        prefixes |= set(PREFIX.findall(source))
        unknown |= {name for name in ASKED.findall(source) if name not in ENGLISH and not name.endswith("${")}
        unknown |= {name for name in ASKED.findall(source) if name.endswith("${") and not PREFIX.match(f"`{name}")}

    assert sorted(used - set(ENGLISH)) == []
    assert sorted(unknown) == []
    assert sorted(name for name in ENGLISH.keys() - used if not name.startswith(tuple(prefixes))) == []
    assert sorted(prefix for prefix in prefixes if not any(name.startswith(prefix) for name in ENGLISH)) == []


def test_the_audit_log_says_every_action_in_words():
    noted = {action for path in SOURCES for action in re.findall(r'audit\.note\(\w+, "(\w+)"', path.read_text("utf-8"))}
    page = (PACKAGE / "people/static/audit-log.js").read_text("utf-8")

    assert sorted(action for action in noted if f'"{action}"' not in page) == []
    assert len(noted) > 30 and sorted(action for action in noted if f"people.audit.did.{action}" not in ENGLISH) == []


def literals(source):
    """Return the string literals that a person would read, outside of templates of HTML."""
    lines = [line for line in re.sub(r"html`[^`]*`", "", source).splitlines() if not FOR_DEVELOPERS.search(line)]
    found = ["".join(pair) for line in lines for pair in LITERAL.findall(line)]
    return [text for text in found if text in KEYS or WORDS.search(text)]


@pytest.mark.parametrize("path", [*MODULES, *sorted(EXAMPLES.glob("*/*/static/*.js"))],
                         ids=lambda path: path.relative_to(PACKAGE.parent).as_posix())
def test_a_module_of_the_page_holds_no_text_outside_the_catalogue(path):
    source = path.read_text("utf-8")

    assert [text for template in templates(source) for text in texts(template)] == []
    assert literals(source) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_page_of_the_server_holds_no_text_outside_the_catalogue(path):
    bare = re.sub(r"<title>.*</title>|\{[{%].*?[%}]\}", "", path.read_text("utf-8"))

    assert texts(bare) + re.findall(r'name="description" content="(\w[^"]*)', bare) == []


def test_texts_outside_the_catalogue_are_found():
    source = 'html`<p title="Close it">${x && html`<b>Hello ${`a${b}`}</b>`} ${t("web.close")}<br /> and more</p>`'

    assert [texts(template) for template in templates(source)] == [["Hello ${}"], ["and more", 'title="Close it']]
    code = 'const A = ["Esc", "g"], b = `${n} MB`\nreport("Loading it")\nf("Not saved yet", "row unread")'
    assert literals(code) == ["Esc", "${n} MB", "Not saved yet"]


def test_a_text_is_filled_in_with_the_plural_of_n():
    replies = {"one": "{n} reply", "other": "{n} replies"}

    assert [strings.fill(replies, n=n) for n in (0, 1, 2)] == ["0 replies", "1 reply", "2 replies"]
    assert strings.fill("At most {limit} characters in {room}", limit=5, room="{n}") == "At most 5 characters in {n}"
    assert strings.fill("{limit:,} of {all}", limit=16_000, all=16_000) == "16,000 of 16000"


def test_english_fills_the_gaps_of_another_language_except_for_refusals(tmp_path):
    german = {"a.x": "Ix", "error.x": "Nein."}
    for name, text in (("en", {"a.x": "X", "a.y": "Y", "error.x": "No.", "error.y": "Not."}), ("de", german)):
        (tmp_path / "strings").mkdir(exist_ok=True)
        (tmp_path / f"strings/{name}.json").write_text(json.dumps(text))

    assert strings.merge([tmp_path]) == {"en": {"a.x": "X", "a.y": "Y"}, "de": {**german, "a.y": "Y"}}
