"""The documentation matches the code: events, routes, settings, error codes, links and examples."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from hubbub import live
from hubbub.config import Config
from hubbub.live import protocol
from hubbub.web import errors

ROOT = Path(__file__).parent.parent


def read(name):
    return (ROOT / name).read_text()


def test_the_protocol_page_is_generated_from_the_signatures(app):
    assert read("docs/protocol.md") == protocol.page(app.flask), "run bin/docs"


def test_the_protocol_names_every_event_route_and_code(app):
    page = read("docs/protocol.md")

    assert [event for event in live.registry.handlers if f"| `{event}` |" not in page] == []
    assert [rule.rule for rule in app.flask.url_map.iter_rules() if f"{rule.rule}`" not in page] == []
    assert [code for code in errors.STATUS if f"| `{code}` |" not in page] == []


def test_every_event_and_route_has_a_docstring(app):
    undocumented = [event for event, (handler, *_) in live.registry.handlers.items() if not handler.__doc__]
    undocumented += [name for name, view in app.flask.view_functions.items() if not view.__doc__]

    assert undocumented == []


def test_every_setting_is_documented():
    page = read("docs/install.md")

    assert [field.name for field in fields(Config) if f"HUBBUB_{field.name.upper()}" not in page] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/install.md",
                                  "docs/architecture.md", "docs/performance.md", "docs/protocol.md", "docs/http.md",
                                  "docs/integrations.md", "docs/import.md",
                                  "docs/security.md", "docs/slices.md",
                                  "docs/transport.md", "docs/operate.md", "docs/reliability.md",
                                  "flask_fanout/README.md", "hubbub_client/README.md"])
def test_every_link_of_a_page_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(page))

    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_every_code_block_of_the_slices_page_is_in_the_example():
    files = [path for path in (ROOT / "examples" / "polls").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    sources = [path.read_text() for path in files]
    blocks = re.findall(r"```\w+\n(.*?)```", read("docs/slices.md"), re.DOTALL)

    assert len(blocks) > 5
    assert [block for block in blocks if not any(block in source for source in sources)] == []


def test_the_example_is_small():
    files = [path for path in (ROOT / "examples" / "polls").rglob("*")
             if path.suffix in (".py", ".sql", ".js", ".ts", ".css", ".toml")]

    assert sum(len(path.read_text().splitlines()) for path in files) <= 250
