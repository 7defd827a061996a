"""Search in documents finds titles and texts, with the lines around a match, and nothing of rooms one may not read."""

import pytest

from hubbub.documents import search
from tests.replica import Replica
from tests.waiting import until


@pytest.fixture(autouse=True)
def index_at_once(monkeypatch):
    """Index texts without waiting until typing pauses."""
    monkeypatch.setattr(search.consumer, "quiet", 0.0)


def create(caller, title, text="", room="room:1"):
    id = caller.post("/api/documents", room=room, title=title, key=title).json["id"]
    if text:
        copy = Replica().open(caller.get(f"/api/channels/doc:{id}/window").json)
        assert "ok" in caller.call("update", channel=f"doc:{id}", update=copy.type(text).send(), key=f"{title} text")
    return id


def found(caller, q, **more):
    parameters = "&".join(f"{name}={value}" for name, value in {"q": q, **more}.items())
    return [item["document"]["title"] for item in caller.get(f"/api/documents/search?{parameters}").json]


def test_documents_are_found_by_title_at_once_and_by_text_soon(ann, bob):
    plan = create(ann, "Launch plan")
    assert found(bob, "laun") == ["Launch plan"] and found(bob, "plan+launch") == ["Launch plan"]
    create(ann, "Groceries", "# For the party\n\nCrème brûlée\nand plan B\n")

    until(lambda: found(bob, "creme") == ["Groceries"])
    assert found(bob, "plan") == ["Launch plan", "Groceries"] and found(bob, "plan+creme") == ["Groceries"]
    assert found(bob, "nowhere") == found(bob, "%25") == found(bob, "+") == []
    [result] = bob.get("/api/documents/search?q=brulee").json
    assert result["excerpts"] == [{"before": "", "line": "Crème brûlée", "after": "and plan B"}]
    ann.request("PATCH", f"/api/documents/{plan}", title="Start", key="rename")
    assert found(bob, "launch") == [] and found(bob, "start") == ["Start"]


def test_a_document_of_a_private_room_is_found_by_its_members_only(ann, bob):
    den = ann.post("/api/rooms", name="Den", kind="private", key="r", people=[]).json["channel"]
    create(ann, "Secret", "hidden words", den)
    create(ann, "Open", "hidden words")

    until(lambda: found(ann, "hidden") == ["Open", "Secret"] or found(ann, "hidden") == ["Secret", "Open"])
    assert found(ann, "hidden", room=den) == ["Secret"]
    assert found(bob, "hidden") == ["Open"] and found(bob, "secret") == found(bob, "hidden", room=den) == []


def test_a_long_line_is_cut_around_the_word(ann):
    create(ann, "Log", "x " * 2000 + "needle" + " y" * 2000)

    until(lambda: found(ann, "needle"))
    [result] = ann.get("/api/documents/search?q=needle").json
    [excerpt] = result["excerpts"]
    assert "needle" in excerpt["line"] and len(excerpt["line"]) < 300
