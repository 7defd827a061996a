"""The transport in somebody's own application: the example of docs/transport.md runs, and its page quotes it."""

import os
from pathlib import Path

import pytest

from tests.fanout_world import TRANSPORTS, Application, Person

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "flask_fanout" / "examples" / "app.py"


@pytest.fixture(scope="module")
def example():
    os.environ["PYTHONPATH"] = str(ROOT / "flask_fanout" / "src")  # as if the package were installed
    running = Application(str(EXAMPLE))
    yield running
    running.stop()
    del os.environ["PYTHONPATH"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_ann_and_bob_hear_each_other_with_clients_as_they_are(example, transport):
    ann, bob = Person(example, transport), Person(example, "websocket")

    ann.say("message", "hello")
    bob.say("message", "hello, Ann")

    assert sorted(ann.hears("message", 2)) == sorted(bob.hears("message", 2)) == ["hello", "hello, Ann"]
    ann.leave()
    bob.leave()


def test_the_page_shows_the_example_that_runs():
    shown = (ROOT / "docs" / "transport.md").read_text().partition("```python\n")[2].partition("```")[0]
    code = EXAMPLE.read_text()

    missing = [line for line in shown.splitlines() if line.strip() and line not in code.splitlines()]
    assert shown and missing == []
