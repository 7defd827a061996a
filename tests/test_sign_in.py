"""Signing in: one answer for every failure, throttled guessing without lock-out, and a list of sign-ins to revoke."""

import logging
import threading
import time

import argon2
import pytest
import requests

from hubbub.core import db, node
from hubbub.people import guesses, passwords
from hubbub.web import client, credentials, middleware
from tests.process import Server
from tests.running_app import HERE, PASSWORD
from tests.waiting import until

AWAY = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "chat.example"}
ORIGIN = {"Origin": "http://127.0.0.1"}


@pytest.fixture
def clock(monkeypatch):
    """The clock of the guess counters, which stands still until the test moves it."""
    class Clock:
        now = float(round(time.time()))

    clock = Clock()
    monkeypatch.setattr(node, "now", lambda: clock.now)
    return clock


def sign_in(app, handle="ann", password=PASSWORD, address="203.0.113.9", browser=None):
    browser = browser or app.flask.test_client()
    return browser.post("/api/sign-in", json={"handle": handle, "password": password},
                        environ_overrides=AWAY | {"REMOTE_ADDR": address})


def test_a_handle_signs_in_in_any_case_with_a_new_secret_each_time(any_app):
    person, token = any_app.create_account("ann")

    first, second = (sign_in(any_app, handle).json for handle in ("ann", "@Ann "))

    assert first["person"]["id"] == second["person"]["id"] == person
    assert len({token, first["token"], second["token"]}) == 3


def test_every_failed_sign_in_gets_the_same_answer(any_app):
    any_app.create_account("ann")
    bob = any_app.create_account("bob")[0]
    any_app.owner.post(f"/api/people/{bob}/ban")
    guest = any_app.connect_guest("gus")

    attempts = [("ann", "not her password"), ("nobody", PASSWORD), ("bob", PASSWORD), ("gus", ""), ("hubbub", ""),
                ("ann", ""), ("", ""), ("ann", "x" * 900), ("a" * 900, PASSWORD)]
    answers = [sign_in(any_app, *attempt, address=f"203.0.113.{n}") for n, attempt in enumerate(attempts)]

    assert guest.person
    assert {(answer.status_code, answer.data) for answer in answers} == {(403, answers[0].data)}


def test_an_unknown_handle_takes_the_same_hashing_in_a_thread(app, real_hasher, monkeypatch):
    app.create_account("ann")
    work = []

    def matches(stored, password):
        parameters = argon2.extract_parameters(stored)
        work.append((parameters.memory_cost, parameters.time_cost, threading.get_ident()))
        return real(stored, password)

    real = passwords._matches
    monkeypatch.setattr(passwords, "_matches", matches)
    for handle in ("ann", "nobody"):
        sign_in(app, handle, "not her password")

    [ann, nobody] = work
    assert ann[:2] == nobody[:2] == (19 * 1024, 2)
    assert main_thread() not in {ann[2], nobody[2]}


def main_thread():
    from gevent import monkey

    return monkey.get_original("threading", "main_thread")().ident


def test_guessing_at_an_account_doubles_the_wait_up_to_a_minute(any_app, clock):
    any_app.create_account("ann")
    waits = []
    for n in range(12):
        address = f"203.0.113.{n}"
        assert sign_in(any_app, password="wrong", address=address).status_code == 403
        answer = sign_in(any_app, address=f"198.51.100.{n}")
        if answer.status_code == 429:
            waits.append(answer.json["params"]["n"])
            clock.now += waits[-1]
        else:
            waits.append(0)
            with db.transaction() as tx:
                tx.execute("insert into guess (place, count, at) values (:key, :count, :at)",
                           key=guesses.places("ann", "")[0].key, count=n + 1, at=clock.now)

    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert sign_in(any_app, address="192.0.2.1").status_code == 200


def test_guessing_at_many_accounts_throttles_only_that_address(any_app, clock):
    any_app.create_account("ann")
    for n in range(20):
        sign_in(any_app, f"nobody-{n}", "wrong", "2001:db8::1")

    answer = sign_in(any_app, address="2001:db8::2")

    assert (answer.status_code, answer.json["code"]) == (429, "too_fast")
    assert answer.json["error"] == "Too many attempts: wait 1 second, then try again."
    assert 0 < answer.json["retry_after"] <= 1 and answer.headers["Retry-After"] == "1"
    assert sign_in(any_app, address="2001:db8:0:1::1").status_code == 200


def test_simultaneous_attempts_count_before_their_result_is_known(app, clock):
    app.create_account("ann")
    attempts = [guesses.places("ann", "203.0.113.9") for _ in range(8)]

    answers = []
    for places in attempts:
        try:
            guesses.begin(*places)
            answers.append("allowed")
        except Exception as refusal:
            answers.append(refusal.code)

    assert answers == ["allowed"] * 5 + ["too_fast"] * 3


def test_a_known_browser_and_this_machine_can_sign_in_during_an_attack(any_app, clock):
    any_app.create_account("ann")
    browser = any_app.flask.test_client()
    assert sign_in(any_app, browser=browser, address="198.51.100.1").status_code == 200
    browser.delete_cookie(credentials.cookie_name({}), domain="chat.example")
    for n in range(6):
        sign_in(any_app, password="wrong", address=f"203.0.113.{n}")

    unknown = sign_in(any_app, address="198.51.100.1")
    known = sign_in(any_app, browser=browser, address="198.51.100.1")

    assert unknown.status_code == 429
    assert known.status_code == 200
    assert any_app.request("/api/sign-in", handle="ann", password=PASSWORD).status_code == 200


def test_a_device_is_known_only_to_its_own_account(any_app, clock):
    any_app.create_account("ann")
    any_app.create_account("eve")
    browser = any_app.flask.test_client()
    sign_in(any_app, "eve", browser=browser)
    for n in range(6):
        sign_in(any_app, password="wrong", address=f"203.0.113.{n}")

    assert sign_in(any_app, browser=browser).status_code == 429
    device = browser.get_cookie(credentials.cookie_name({}, credentials.DEVICE_COOKIE), domain="chat.example").value
    assert any_app.request("/api/people", device, "GET").status_code == 401


def test_the_number_of_guess_counters_is_limited(database, monkeypatch, clock):
    monkeypatch.setattr(guesses, "MOST", 10)
    for n in range(30):
        clock.now += 1
        guesses.begin(*guesses.places(f"nobody-{n}", f"2001:db8:{n:x}::1"))

    guesses.delete_expired()
    [(limited, oldest)] = db.execute("select count(*), min(at) from guess")
    clock.now += guesses.EXPIRY
    guesses.delete_expired()

    assert (limited, clock.now - oldest) == (10, guesses.EXPIRY + 4)
    assert db.execute("select count(*) from guess") == [(2,)]  # of the last attempt, exactly an hour old


def test_no_typed_handle_is_stored(database):
    guesses.begin(*guesses.places("my password", "203.0.113.9"))

    assert "password" not in str(db.execute("select * from guess"))


def test_the_queue_for_hashing_is_limited(app, monkeypatch):
    app.create_account("ann")
    monkeypatch.setattr(passwords, "WAITING", 0)
    passwords._pool.cache_clear()
    pool = passwords._pool(False)
    for _ in range(passwords.THREADS):
        pool.places.acquire()

    answer = sign_in(app)
    known = app.request("/api/sign-in", handle="ann", password=PASSWORD)
    passwords._pool.cache_clear()

    assert (answer.status_code, answer.json["code"]) == (503, "busy")
    assert known.status_code == 200


def test_signing_out_ends_this_sign_in_and_its_connection(any_app):
    ann = any_app.connect_member("ann")
    phone = any_app.request("/api/sign-in", handle="ann", password=PASSWORD).json["token"]

    started = time.monotonic()
    answer = ann.post("/api/sign-out")
    until(lambda: not ann.client.connected)

    assert answer.status_code == 204 and time.monotonic() - started < 1
    assert ann.get("/api/people").status_code == 401
    assert any_app.request("/api/people", phone, "GET").status_code == 200


def test_sign_ins_are_listed_and_can_be_ended_from_another_one(any_app):
    ann = any_app.connect_member("ann")
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    phone = any_app.flask.test_client().post(
        "/api/sign-in", json={"handle": "ann", "password": PASSWORD}, environ_overrides=AWAY,
        headers={"User-Agent": agent}).json["token"]
    connection = any_app.connect(ann.person, phone)

    listed = ann.get("/api/sign-ins").json
    other = next(entry for entry in listed if not entry["current"])
    ended = ann.request("DELETE", f"/api/sign-ins/{other['id']}")
    again = ann.request("DELETE", f"/api/sign-ins/{other['id']}")

    assert len(listed) == 2 and ann.token not in str(listed) and phone not in str(listed)
    assert (other["name"], other["address"]) == ("Firefox on Linux", "203.0.113.9")
    assert (ended.status_code, again.status_code) == (204, 404)
    until(lambda: not connection.client.connected)
    assert ann.client.connected


def test_only_the_person_can_end_a_sign_in(any_app):
    ann, eve = any_app.connect_member("ann"), any_app.connect_member("eve")
    [sign_in_of_ann] = ann.get("/api/sign-ins").json

    answer = eve.request("DELETE", f"/api/sign-ins/{sign_in_of_ann['id']}")

    assert answer.status_code == 404
    assert ann.client.connected and ann.get("/api/people").status_code == 200


def test_a_sign_in_expires_unless_it_is_used(any_app):
    ann = any_app.create_account("ann")[1]
    week = 7 * 24 * 3600
    with db.transaction() as tx:
        tx.execute("update sign_in set seen = seen - :week, until = until - :week", week=week)
    [(before,)] = db.execute("select until from sign_in where person = 2 and kind = 'browser'")

    assert any_app.request("/api/people", ann, "GET").status_code == 200
    ends = "select until from sign_in where person = 2 and kind = 'browser'"
    until(lambda: db.execute(ends)[0][0] > before + week / 2)
    with db.transaction() as tx:
        tx.execute("update sign_in set until = 1 where kind = 'browser'")
    assert any_app.request("/api/people", ann, "GET").status_code == 401


def test_under_https_only_the_host_bound_cookie_is_accepted(app):
    token = app.create_account("ann")[1]
    https = {"base_url": "https://chat.example", "headers": {"Origin": "https://chat.example"}}
    browser = app.flask.test_client()

    answer = browser.post("/api/sign-in", json={"handle": "ann", "password": PASSWORD}, **https)
    plain = app.flask.test_client()
    plain.set_cookie(credentials.cookie_name({}), token, domain="chat.example")

    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-hubbub-")
        assert "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert browser.get("/api/people", base_url="https://chat.example").status_code == 200
    assert plain.get("/api/people", base_url="https://chat.example").status_code == 401


@pytest.fixture
def two_servers(tmp_path):
    servers = [Server(tmp_path / name) for name in ("one", "two")]
    yield servers
    for server in servers:
        server.stop()


def join(server, browser):
    """Claim a server with a browser."""
    body = {"name": "Olga", "handle": "olga", "password": PASSWORD}
    assert browser.post(f"{server.url}/api/join", json=body, headers={"Origin": server.url}).status_code == 201


def test_servers_on_two_ports_of_a_host_do_not_sign_each_other_out(two_servers):
    browser = requests.Session()  # like a browser, it sends a cookie to every port of its host
    for server in two_servers:
        join(server, browser)

    assert [browser.get(f"{server.url}/api/people").status_code for server in two_servers] == [200, 200]

    first, second = two_servers
    assert browser.post(f"{second.url}/api/sign-out", json={}, headers={"Origin": second.url}).status_code == 204
    assert [browser.get(f"{server.url}/api/people").status_code for server in two_servers] == [200, 401]


def test_the_cookie_of_a_server_has_the_same_name_after_a_restart(app):
    name = credentials.cookie_name({})

    credentials.instance.forget()

    assert credentials.cookie_name({}) == name


def test_a_browser_signed_in_under_the_old_cookie_stays_signed_in_and_gets_the_new_one(app):
    token = app.create_account("ann")[1]
    browser = app.flask.test_client()
    browser.set_cookie("hubbub", token, domain="127.0.0.1")

    assert browser.get("/api/people", environ_overrides=HERE).status_code == 200
    first = browser.get("/", environ_overrides=HERE).headers.getlist("Set-Cookie")
    second = browser.get("/", environ_overrides=HERE).headers.getlist("Set-Cookie")

    assert [cookie.partition("=")[0] for cookie in first] == [credentials.cookie_name({}), "hubbub"]
    assert "Max-Age=0" in first[1] and second == []
    assert browser.get("/api/people", environ_overrides=HERE).status_code == 200


def test_another_servers_old_cookie_is_left_alone(app):
    browser = app.flask.test_client()
    browser.set_cookie("hubbub", "secret of another server", domain="127.0.0.1")

    assert "Set-Cookie" not in browser.get("/", environ_overrides=HERE).headers


def test_a_page_of_another_origin_cannot_sign_in(app):
    app.create_account("ann")

    for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example"):
        answer = app.flask.test_client().post("/api/sign-in", json={"handle": "ann", "password": PASSWORD},
                                            headers={"Origin": origin}, environ_overrides=HERE)
        assert answer.status_code == 403 and "Set-Cookie" not in answer.headers, origin


def test_secrets_are_in_no_log_audit_entry_or_table(any_app, caplog):
    caplog.set_level(logging.DEBUG)
    canary = "canary-Zx81 is a password"
    invite = any_app.create_invite()
    ann = any_app.request("/api/join", secret=invite, name="Ann", handle="ann", password=canary).json
    caller = any_app.connect(ann["person"]["id"], ann["token"])
    token = caller.post("/api/tokens", name="script", scope="read").json["secret"]
    device = any_app.flask.test_client()
    sign_in(any_app, "ann", canary, browser=device)
    sign_in(any_app, canary, "canary-Zx81 typed in the wrong box")

    audit = any_app.owner.get("/api/channels/audit:all/window").text
    stored = str([db.execute(f"select * from {table}") for table in ("person", "sign_in", "invite", "entry")])
    cookie = device.get_cookie(credentials.cookie_name({}), domain="chat.example").value
    for secret in ("canary-Zx81", invite, ann["token"], token, cookie):
        assert secret not in caplog.text and secret not in audit and secret not in stored


def test_sign_ins_and_failures_are_audited_for_admins_only(any_app):
    ann = any_app.connect_member("ann")
    sign_in(any_app)
    sign_in(any_app, password="wrong")

    until(lambda: "sign_in_failed" in any_app.owner.get("/api/channels/audit:all/window").text)
    items = any_app.owner.get("/api/channels/audit:all/window").json["items"]
    refused = [ann.get(f"/api/channels/audit:all/{part}").status_code for part in ("window", "entries")]

    assert [(item["action"], item["author"], item.get("subject"), item["address"]) for item in items[-2:]] == [
        ("signed_in", ann.person, None, "203.0.113.9"), ("sign_in_failed", 0, ann.person, "203.0.113.9")]
    assert refused == [404, 404]


def test_behind_trusted_proxies_the_forwarded_address_counts():
    results = []

    def app(environ, start_response):
        results.append((client.address(environ), environ["wsgi.url_scheme"], client.is_this_machine(environ)))
        return []

    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http"}
    forged = {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https",
              "HTTP_X_FORWARDED_HOST": "evil.example"}
    middleware.TrustedProxies(app, 1)(environ | forged, None)
    middleware.TrustedProxies(app, 2)(environ | forged, None)
    middleware.TrustedProxies(app, 1)(dict(environ), None)

    assert results == [("203.0.113.9", "https", False), ("6.6.6.6", "https", False), ("127.0.0.1", "http", False)]
