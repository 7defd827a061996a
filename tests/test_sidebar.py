"""The sidebar's order and what was saved: the same on all devices of a person, private, only of what they may read."""


LOBBY = "room:1"


def own_state(caller):
    return caller.get(f"/api/channels/user:{caller.person}/window").json


def places(caller):
    return {name: value for name, (value, _) in own_state(caller)["sidebar"].items()}


def test_a_star_reaches_the_other_devices_at_once_and_later(any_app, ann):
    other = any_app.connect(ann.person, ann.token)
    other.call("subscribe", channel=f"user:{ann.person}")
    room = ann.call("create_room", name="Lake", kind="public", key="k")["ok"]["channel"]

    ann.call("arrange", section="starred", channels=[room, LOBBY])
    ann.call("arrange", section="starred", channels=[LOBBY, room])

    signals = [signal["data"] for signal in other.received("sidebar", 2)]
    assert signals[1] == {f"place/{LOBBY}": [["starred", 0], 2], f"place/{room}": [["starred", 1], 2]}
    assert own_state(other)["sidebar"] == signals[1]


def test_a_section_is_named_moved_and_deleted_and_its_rooms_stay(ann):
    ann.call("set_section", id="s1", name="  Work ", rank=1)
    ann.call("arrange", section="s1", channels=[LOBBY])
    ann.call("set_section", id="s1", name="Play", rank=.5)
    named = places(ann)
    ann.call("set_section", id="s1", name="", rank=0)

    assert named == {f"place/{LOBBY}": ["s1", 0], "section/s1": ["Play", .5]}
    assert places(ann) == {f"place/{LOBBY}": ["s1", 0]}
    ann.call("arrange", channels=[LOBBY])
    assert places(ann) == {}


def test_a_person_arranges_only_what_they_may_read(any_app, ann):
    bob = any_app.connect_member("Bob")
    hidden = bob.call("create_room", name="Cave", kind="private", key="k")["ok"]["channel"]

    refusals = [ann.call("arrange", section="starred", channels=[LOBBY, channel])
                for channel in (hidden, "room:999", "nothing", f"user:{bob.person}")]

    assert {refusal["code"] for refusal in refusals} == {"not_found"}
    assert len({str(refusal) for refusal in refusals}) == 1
    assert places(ann) == {}


def test_an_invalid_change_is_refused_and_not_saved(ann):
    for event, fields, code in [
        ("set_section", {"id": "s", "name": "x" * 61, "rank": 0}, "too_large"),
        ("set_section", {"id": "s", "name": "\u3164", "rank": 0}, "bad_input"),
        ("set_section", {"id": "", "name": "Work", "rank": 0}, "bad_input"),
        ("arrange", {"section": "starred", "channels": [LOBBY] * 501}, "bad_input"),
    ]:
        assert ann.call(event, **fields).get("code") == code, (event, str(fields)[:100])

    assert places(ann) == {}


def test_a_sidebar_has_a_limit(ann, monkeypatch):
    from hubbub.people import sidebar
    monkeypatch.setattr(sidebar, "LIMIT", 2)
    for id in ("a", "b", "c"):
        last = ann.call("set_section", id=id, name=id, rank=0)

    assert last["code"] == "too_large"
    assert sorted(places(ann)) == ["section/a", "section/b"]
    assert "ok" in ann.call("set_section", id="a", name="again", rank=0)


def test_a_saved_message_is_listed_for_its_person_only_until_it_is_removed(any_app, ann):
    bob = any_app.connect_member("Bob")
    other = any_app.connect(ann.person, ann.token)
    other.call("subscribe", channel=f"user:{ann.person}")
    first, second = (bob.call("post", channel=LOBBY, text=text, key=text)["ok"] for text in ("tea", "cake"))

    for seq in (second, first):
        ann.call("save", channel=LOBBY, seq=seq, on=True)
    listed = ann.get("/api/saved").json
    state = own_state(ann)["saved"]
    ann.call("save", channel=LOBBY, seq=first, on=False)

    assert [(item["channel"], item["text"]) for item in listed["items"]] == [(LOBBY, "tea"), (LOBBY, "cake")]
    assert str(bob.person) in listed["people"]
    assert state == [[LOBBY, first, 1], [LOBBY, second, 1]]
    assert [signal["data"]["on"] for signal in other.received("saved", 3)] == [True, True, False]
    assert [item["text"] for item in ann.get("/api/saved").json["items"]] == ["cake"]
    older = ann.get(f"/api/saved?before={listed['items'][0]['saved']}").json["items"]
    assert [item["text"] for item in older] == ["cake"]
    assert bob.get("/api/saved").json["items"] == []


def test_a_saved_message_is_gone_when_it_is_deleted_or_its_room_was_left(any_app, ann):
    bob = any_app.connect_member("Bob")
    cave = bob.call("create_room", name="Cave", kind="private", people=[ann.person], key="k")["ok"]["channel"]
    here, there = (bob.call("post", channel=channel, text="tea", key="k")["ok"] for channel in (LOBBY, cave))
    ann.call("save", channel=LOBBY, seq=here, on=True)
    ann.call("save", channel=cave, seq=there, on=True)
    bob.call("delete", channel=LOBBY, seq=here, key="d")
    before = ann.get("/api/saved").json["items"]
    ann.call("leave", channel=cave, key="l")

    assert [item["channel"] for item in before] == [cave]
    assert ann.get("/api/saved").json["items"] == []
    assert ann.call("save", channel=cave, seq=there, on=True)["code"] == "not_found"
    assert ann.call("save", channel=LOBBY, seq=here, on=True)["code"] == "not_found"
    assert "ok" in ann.call("save", channel=LOBBY, seq=here, on=False)


def test_the_number_of_saved_messages_has_a_limit(ann, monkeypatch):
    from hubbub.chat import saved
    monkeypatch.setattr(saved, "LIMIT", 1)
    one, two = (ann.call("post", channel=LOBBY, text=text, key=text)["ok"] for text in ("a", "b"))

    answers = [ann.call("save", channel=LOBBY, seq=seq, on=True) for seq in (one, one, two)]

    assert [answer.get("code") for answer in answers] == [None, None, "too_large"]
