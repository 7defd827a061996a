"""The example runs with clients as they are, and README.md quotes it."""

from pathlib import Path

import pytest
from transport_clients import TRANSPORTS, Application, Person

PROJECT = Path(__file__).parent.parent
EXAMPLE = PROJECT / "examples" / "app.py"


@pytest.fixture(scope="module")
def example():
    running = Application(str(EXAMPLE))
    yield running
    running.stop()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_ann_and_bob_hear_each_other_with_clients_as_they_are(example, transport):
    ann, bob = Person(example, transport), Person(example, "websocket")

    ann.say("message", "hello")
    bob.say("message", "hello, Ann")

    assert sorted(ann.hears("message", 2)) == sorted(bob.hears("message", 2)) == ["hello", "hello, Ann"]
    ann.leave()
    bob.leave()


def test_the_page_shows_the_example_that_runs():
    shown = (PROJECT / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    code = EXAMPLE.read_text()

    missing = [line for line in shown.splitlines() if line.strip() and line not in code.splitlines()]
    assert shown and missing == []
