"""The documents say what the code does: every event, route, setting and code is named, and the protocol is current."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from hubbub import live
from hubbub.config import Config
from hubbub.live import protocol
from hubbub.web import errors

ROOT = Path(__file__).parent.parent


def said(name):
    return (ROOT / name).read_text()


def test_the_protocol_page_is_what_the_signatures_say(app):
    assert said("docs/protocol.md") == protocol.page(app.flask), "run bin/docs"


def test_the_protocol_names_every_event_route_and_code(app):
    page = said("docs/protocol.md")

    assert [event for event in live.registry.handlers if f"| `{event}` |" not in page] == []
    assert [rule.rule for rule in app.flask.url_map.iter_rules() if f"{rule.rule}`" not in page] == []
    assert [code for code in errors.STATUS if f"| `{code}` |" not in page] == []


def test_every_event_and_route_says_what_it_does(app):
    silent = [event for event, (handler, *_) in live.registry.handlers.items() if not handler.__doc__]
    silent += [name for name, view in app.flask.view_functions.items() if not view.__doc__]

    assert silent == []


def test_every_setting_is_described():
    page = said("docs/install.md")

    assert [field.name for field in fields(Config) if f"HUBBUB_{field.name.upper()}" not in page] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/install.md",
                                  "docs/architecture.md", "docs/performance.md", "docs/protocol.md", "docs/http.md",
                                  "docs/security.md", "docs/slices.md",
                                  "docs/transport.md", "docs/operate.md", "docs/reliability.md",
                                  "flask_fanout/README.md"])
def test_what_a_page_links_to_is_there(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", said(page))

    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_every_block_of_the_page_about_slices_is_in_the_example():
    files = [path for path in (ROOT / "examples" / "polls").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    sources = [path.read_text() for path in files]
    blocks = re.findall(r"```\w+\n(.*?)```", said("docs/slices.md"), re.DOTALL)

    assert len(blocks) > 5
    assert [block for block in blocks if not any(block in source for source in sources)] == []


def test_the_example_is_small():
    files = [path for path in (ROOT / "examples" / "polls").rglob("*")
             if path.suffix in (".py", ".sql", ".js", ".ts", ".css", ".toml")]

    assert sum(len(path.read_text().splitlines()) for path in files) <= 250
