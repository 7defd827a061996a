"""The example runs with unmodified clients, and README.md quotes it."""

from pathlib import Path

import pytest
from transport_clients import TRANSPORTS, ServerProcess, SocketIOClient

PROJECT = Path(__file__).parent.parent
EXAMPLE = PROJECT / "examples" / "app.py"


@pytest.fixture(scope="module")
def example():
    running = ServerProcess(str(EXAMPLE))
    yield running
    running.stop()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_unmodified_clients_receive_each_others_messages(example, transport):
    ann, bob = SocketIOClient(example, transport), SocketIOClient(example, "websocket")

    ann.send("message", "hello")
    bob.send("message", "hello, Ann")

    assert sorted(ann.wait_for("message", 2)) == sorted(bob.wait_for("message", 2)) == ["hello", "hello, Ann"]
    ann.disconnect()
    bob.disconnect()


def test_the_readme_quotes_the_example():
    shown = (PROJECT / "README.md").read_text().partition("```python\n")[2].partition("```")[0]
    code = EXAMPLE.read_text()

    missing = [line for line in shown.splitlines() if line.strip() and line not in code.splitlines()]
    assert shown and missing == []
