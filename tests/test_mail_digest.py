"""Mails about what is unread: to a confirmed address, once, by conversation, and nothing that was read meanwhile."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

import gevent
import pytest

from hubbub.core import db, log, node
from hubbub.notifications import mail_addresses, mailing
from tests.mail_server import MailServer
from tests.running_app import HERE, LOBBY
from tests.running_app import post_and_notify as post
from tests.waiting import until

ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.fixture
def server():
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def ann(any_app, server):
    any_app.set_up_owner()
    node.current().config = replace(any_app.config, smtp_url=f"smtp://localhost:{server.port}?tls=no",
                                    smtp_sender="hubbub@chat.example.org")
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, ann, server):
    bob = any_app.connect_member("bob")
    enter(bob)
    [mail] = server.received(1)
    assert any_app.http.post(link_in(mail), environ_overrides=HERE).status_code == 200
    server.mails.clear()
    return bob


def enter(who, address="bob@x.example"):
    assert who.request("PUT", "/api/me/mail", address=address).json.get("error") is None


def link_in(mail, n=0):
    """Return the path of a link in a mail that has no HTML, or in its plain part."""
    part = mail.get_body(("plain",))
    return urlsplit(re.findall(r"http://\S+", part.get_content())[n]).path


def state(who):
    return who.get("/api/me/mail").json


def after(minutes):
    """Let this much time pass for everything that is unread, and for what waits."""
    with db.transaction() as tx:
        tx.execute("update entry set at = at - :seconds where channel like 'inbox:%'", seconds=minutes * 60)
        tx.execute("update mail_address set retry_at = retry_at - :seconds", seconds=minutes * 60)
    mailing.send_due()


def test_an_address_gets_nothing_until_the_button_behind_its_link_was_pressed(any_app, ann, server, monkeypatch):
    bob = any_app.connect_member("bob")
    enter(bob)
    assert bob.request("PUT", "/api/me/mail", address="eve@x.example").json["id"] == "error.mail_asked"
    assert bob.post("/api/me/mail/test").json["id"] == "error.mail_unconfirmed"
    post(ann, "tea, @bob?")
    after(20)
    [mail] = server.received(1)
    link, wrong = link_in(mail), link_in(mail)[:-2] + "AA"
    page = any_app.http.get(link, environ_overrides=HERE)
    assert "bob@x.example" in page.text and '<form method="post">' in page.text
    assert any_app.http.get(wrong, environ_overrides=HERE).status_code == 404
    assert any_app.http.post(wrong, environ_overrides=HERE).status_code == 404
    assert not state(bob)["confirmed"]
    assert any_app.http.post(link, environ_overrides=HERE | {"HTTP_ORIGIN": "https://evil.example"}).status_code == 403
    any_app.http.post(link, environ_overrides=HERE)
    assert state(bob)["confirmed"]
    after(60)
    monkeypatch.setattr(mail_addresses, "DAY", 0.0)

    assert any_app.http.post(link, environ_overrides=HERE).status_code == 404
    assert len(server.mails) == 1  # what came before is not mailed
    guest = any_app.connect_guest("gus")
    assert guest.request("PUT", "/api/me/mail", address="gus@x.example").json["code"] == "denied"


def test_a_link_confirms_no_other_address_that_is_entered_at_the_same_moment(bob, monkeypatch):
    one, head = mail_addresses.find(db, bob.person), log.head

    def enter_another(reads, channel):
        mail_addresses.change(bob.person, address="eve@x.example")
        return head(reads, channel)

    mail_addresses.change(bob.person, confirmed=None)
    with monkeypatch.context() as patch:
        patch.setattr(log, "head", enter_another)
        mail_addresses.follow(bob.person, "confirm", mail_addresses.link(one, "confirm").rpartition("/")[2])

    assert (state(bob)["address"], state(bob)["confirmed"]) == ("eve@x.example", False)


def test_a_mail_has_what_is_unread_by_conversation_with_links_to_reply(any_app, ann, bob, server):
    bob.request("PATCH", "/api/me/preferences", changes={"language": "de"})
    seqs = [post(ann, f"{n} <b>, @bob") for n in range(7)]
    ann.post("/api/notify", person="bob", text="disk full", key="k", urgent=True)
    after(10)
    assert server.mails == []
    after(10)

    [mail] = server.received(1)
    text, html = (mail.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    assert mail["Subject"] == "8 ungelesen: ann, von einem Skript und mehr"
    assert "7 Nachrichten in Lobby\n  2 frühere\n  ann: 2 <b>, @bob\n" in text and "6 <b>, @bob" in text
    assert f"Antworten: http://127.0.0.1/room/1/{seqs[-1]}#reply" in text and "1 <b>" not in text
    assert "<b>" not in html.replace("&lt;b&gt;", "") and "ann: 6 &lt;b&gt;, @bob" in html and 'lang="de"' in html
    assert mail["List-Unsubscribe-Post"] == ONE_CLICK and mail["References"] == mail["In-Reply-To"]
    assert re.fullmatch(rf"<digest\.{bob.person}\.\d+@chat\.example\.org>", mail["Message-ID"])


def test_there_is_one_mail_a_period_and_none_about_what_was_read(any_app, ann, bob, server):
    seq = post(ann, "one, @bob")
    post(ann, "psst", ann.call("open_direct", people=[bob.person])["ok"]["channel"])
    bob.call("read", channel=LOBBY, seq=seq)
    after(16)
    [mail] = server.received(1)
    assert mail["Subject"] == "ann wrote to you" and "one, @bob" not in mail.get_body(("plain",)).get_content()
    post(ann, "two, @bob")
    after(14)
    assert len(server.mails) == 1
    bob.call("page_visible", on=True)
    after(14)
    assert len(server.mails) == 1
    bob.call("page_visible", on=False)
    until(lambda: (mailing.send_due(), len(server.mails) == 2)[1])
    after(60)

    assert [mail["Subject"] for mail in server.mails] == ["ann wrote to you", "ann mentioned you in Lobby"]
    assert server.mails[0]["References"] != server.mails[1]["References"]


def test_a_person_chooses_what_is_mailed_and_two_nodes_send_it_once(ann, bob, server):
    for n, (mode, mailed) in enumerate([("off", []), ("urgent", ["fire"]), ("mentions", ["fire", "tea"]),
                                        ("everything", ["fire", "backup", "tea"])]):
        assert bob.request("PATCH", "/api/me/mail", mode=mode, minutes=60).json["mode"] == mode
        ann.post("/api/notify", person="bob", text=f"fire {n}", key=f"f{n}", urgent=True)
        ann.post("/api/notify", person="bob", text=f"backup {n}", key=f"b{n}")
        post(ann, f"tea {n}, @bob?")
        with db.transaction() as tx:
            tx.execute("update entry set at = at - 3700 where channel like 'inbox:%'")
        gevent.joinall([node.spawn(mailing.send_due) for _ in range(3)], raise_error=True)
        if mailed:
            server.received(1)
        after(0)
        bob.call("read_all_notifications")
        text = "".join(mail.get_body(("plain",)).get_content() for mail in server.mails)
        assert [word for word in ("fire", "backup", "tea") if f"ann: {word} {n}" in text] == mailed
        assert len(server.mails) == bool(mailed)
        server.mails.clear()


def test_one_click_unsubscribes_without_a_sign_in(any_app, ann, bob, server):
    post(ann, "one, @bob")
    after(20)
    [mail] = server.received(1)
    link = urlsplit(mail["List-Unsubscribe"].strip(" <>")).path
    assert any_app.http.get(link, environ_overrides=HERE).status_code == 200 and state(bob)["mode"] == "mentions"
    answer = any_app.http.post(link, data=ONE_CLICK, content_type="application/x-www-form-urlencoded",
                               environ_overrides=HERE)
    post(ann, "two, @bob")
    after(60)

    assert (answer.status_code, state(bob)["mode"], len(server.mails)) == (200, "off", 1)


def test_a_busy_mail_server_is_tried_again_later_each_time(ann, bob, server):
    mail_addresses.change(bob.person, address="busy2@x.example")
    post(ann, "one, @bob")
    after(20)
    assert (state(bob)["failures"], len(server.mails)) == (1, 0)
    after(0.9)
    assert state(bob)["failures"] == 1
    after(0.2)
    after(2.1)

    assert len(server.received(1)) == 1 and state(bob)["failures"] == 0


def test_a_hard_bounce_ends_the_mails_until_a_test_arrives(any_app, ann, bob, server):
    mail_addresses.change(bob.person, address="unknown@x.example")
    post(ann, "one, @bob")
    after(20)
    assert state(bob)["problem"] == "550 5.1.1 <unknown@x.example>: no such person"
    post(ann, "two, @bob")
    after(60)
    refused = bob.post("/api/me/mail/test").json
    assert refused["id"] == "error.mail_rejected" and "no such person" in refused["error"]
    mail_addresses.change(bob.person, address="bob@x.example")
    assert bob.post("/api/me/mail/test").json["problem"] == ""
    until(lambda: len(server.mails) == 1)
    after(1)

    assert server.received(2)[1]["Subject"] == "2 messages in Lobby"
    bob.request("DELETE", "/api/me/mail")
    assert state(bob) == {"available": True, "address": "", "confirmed": False, "mode": "mentions", "minutes": 15,
                          "failures": 0, "problem": ""}
