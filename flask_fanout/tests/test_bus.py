"""The bus over real servers: everything arrives once and in order, and whatever is lost is reported."""

import ssl
import subprocess

import gevent
import pytest
from bus_servers import SERVERS
from flask_fanout.bus import core
from tcp_proxy import Proxy

from flask_fanout import bus


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    running = SERVERS[request.param]()
    running.start()
    yield running
    running.stop()


class Member:
    """A bus with a record of what it reports, in its order."""

    def __init__(self, server, url=""):
        self.messages, self.gaps, self.states = [], [], []
        self.bus = bus.connect(
            url or server.url, receive=self.receive, on_gap=self.gaps.append, on_state=self.states.append
        )
        open_link = self.bus.open_link

        def keep_link():
            self.link = open_link()
            return self.link

        self.bus.open_link = keep_link
        wait_until(lambda: self.bus.is_up)

    def receive(self, topic, data):
        self.messages.append((topic, data))
        if data == b"bomb":
            raise RuntimeError("a receiver's mistake")

    def subscribe(self, *topics):
        for topic in topics:
            self.bus.subscribe(topic)
        wait_until(lambda: {*topics} <= {*self.gaps})
        self.gaps.clear()


def wait_until(condition, seconds=20):
    """Let the greenlets run until a condition holds."""
    with gevent.Timeout(seconds, AssertionError("this did not happen in time")):
        while not (value := condition()):
            gevent.sleep(0.002)
        return value


def record_writes(member):
    """Return a list of the number of messages in each coming write."""
    written, write = [], member.link.write

    def record(batch):
        if batch.messages:
            written.append(len(batch.messages))
        write(batch)

    member.link.write = record
    return written


@pytest.fixture
def members(server):
    found = [Member(server), Member(server)]
    yield found
    for member in found:
        member.bus.close()


def test_messages_arrive_once_and_in_order_but_not_at_their_sender(members):
    ann, bob = members
    ann.subscribe("kitchen")
    bob.subscribe("kitchen", "x" * 100)
    sent = [("kitchen", b"%d" % number) for number in range(3000)]
    sent[7] = ("kitchen", bytes(range(256)) * 1000)
    sent[8] = ("x" * 100, "é\0".encode())
    sent[9] = sent[10] = ("kitchen", bytes(50_000))

    for topic, data in sent:
        ann.bus.publish(topic, data)

    wait_until(lambda: len(bob.messages) == len(sent))
    assert bob.messages == sent
    assert ann.messages == bob.gaps == ann.gaps == []


def test_all_messages_of_one_iteration_of_the_loop_leave_in_one_write(members):
    ann, bob = members
    bob.subscribe("kitchen")
    written = record_writes(ann)
    for _ in range(5):
        ann.bus.publish("kitchen", b"x")

    wait_until(lambda: len(bob.messages) == 5)
    assert written == [5]


def test_an_unsubscribed_topic_is_silent_and_can_be_subscribed_again(members):
    ann, bob = members
    bob.subscribe("kitchen", "cellar")
    bob.bus.subscribe("kitchen")
    bob.bus.unsubscribe("kitchen")
    bob.bus.unsubscribe("kitchen")
    ann.bus.publish("kitchen", b"1")
    ann.bus.publish("cellar", b"2")
    wait_until(lambda: bob.messages)

    bob.subscribe("kitchen")
    ann.bus.publish("kitchen", b"3")
    wait_until(lambda: len(bob.messages) == 2)

    assert bob.messages == [("cellar", b"2"), ("kitchen", b"3")]


def test_leaving_and_joining_in_one_iteration_reports_that_the_subscription_is_in_effect(members):
    ann, bob = members
    bob.subscribe("kitchen")

    bob.bus.unsubscribe("kitchen")
    bob.subscribe("kitchen")
    ann.bus.publish("kitchen", b"1")

    wait_until(lambda: bob.messages)


def test_a_receiver_that_fails_does_not_end_the_bus(members, caplog):
    ann, bob = members
    bob.subscribe("kitchen")

    ann.bus.publish("kitchen", b"bomb")
    ann.bus.publish("kitchen", b"2")

    wait_until(lambda: len(bob.messages) == 2)
    assert "a receiver's mistake" in caplog.text


def test_a_sender_that_lost_its_connection_announces_the_gap(server, members):
    ann, bob = members
    bob.subscribe("kitchen", "cellar")
    ann.bus.publish("kitchen", b"1")
    wait_until(lambda: bob.messages)

    server.disconnect(0)
    wait_until(lambda: not ann.bus.is_up)
    ann.bus.publish("kitchen", b"lost")
    wait_until(lambda: bob.gaps)

    assert ann.states == [True, False, True]
    assert bob.states == [True]
    assert bob.gaps == ["kitchen"]
    ann.bus.publish("kitchen", b"2")
    wait_until(lambda: len(bob.messages) == 2)
    assert bob.messages == [("kitchen", b"1"), ("kitchen", b"2")]
    assert bob.gaps == ["kitchen"]


def test_a_broken_network_loses_nothing_silently(server, members):
    _, bob = members
    proxy = Proxy(server.port)
    ann = Member(server, server.url.replace(str(server.port), str(proxy.port)))
    ann.subscribe("cellar")
    bob.subscribe("kitchen", "cellar")

    proxy.is_open.clear()
    ann.bus.publish("kitchen", b"lost on the way")
    bob.bus.publish("cellar", b"lost on the way")
    wait_until(lambda: not ann.bus.is_up, 3)
    proxy.is_open.set()

    wait_until(lambda: bob.gaps == ["kitchen"] and ann.gaps == ["cellar"])
    ann.bus.publish("kitchen", b"1")
    wait_until(lambda: bob.messages)
    assert (bob.messages, bob.gaps, bob.states) == ([("kitchen", b"1")], ["kitchen"], [True])
    ann.bus.close()
    proxy.close()


def test_after_too_many_losses_all_topics_have_a_gap(server, members, monkeypatch):
    monkeypatch.setattr(core, "MAX_LOST", 3)
    ann, bob = members
    bob.subscribe("kitchen", "cellar")
    server.disconnect(0)
    wait_until(lambda: not ann.bus.is_up)

    for topic in ("kitchen", "a", "b", "c", "d"):
        ann.bus.publish(topic, b"lost")

    wait_until(lambda: {*bob.gaps} == {"kitchen", "cellar"})
    assert len(ann.bus.lost) <= 3


def test_all_topics_have_a_gap_after_the_server_was_killed(server, members):
    ann, bob = members
    bob.subscribe("kitchen", "cellar")

    server.kill()
    wait_until(lambda: not ann.bus.is_up and not bob.bus.is_up)
    ann.bus.publish("kitchen", b"lost")
    server.start()

    wait_until(lambda: {*bob.gaps} == {"kitchen", "cellar"} and ann.bus.is_up)
    ann.bus.publish("kitchen", b"1")
    wait_until(lambda: bob.messages)
    assert bob.messages == [("kitchen", b"1")]
    assert bob.states == ann.states == [True, False, True]


def test_a_server_that_no_longer_answers_is_noticed_within_three_seconds(server, members):
    ann, bob = members
    bob.subscribe("kitchen")

    server.pause()
    try:
        wait_until(lambda: not ann.bus.is_up and not bob.bus.is_up, 3)
    finally:
        server.resume()

    wait_until(lambda: bob.gaps == ["kitchen"] and ann.bus.is_up)


def test_what_waits_for_a_server_that_does_not_answer_is_bounded_and_then_announced(server, members, monkeypatch):
    monkeypatch.setattr(core, "MAX_WAITING", 1 << 20)
    ann, bob = members
    bob.subscribe("kitchen")

    server.pause()
    try:
        for _ in range(100):
            ann.bus.publish("kitchen", bytes(1 << 16))
            assert ann.bus.waiting_bytes < 1 << 21
            gevent.sleep(0)
    finally:
        server.resume()

    wait_until(lambda: bob.gaps)
    wait_until(lambda: ann.bus.is_up and bob.bus.is_up)
    ann.bus.publish("kitchen", b"last")
    wait_until(lambda: bob.messages and bob.messages[-1] == ("kitchen", b"last"))


def test_closing_sends_what_was_published(server, members):
    ann, bob = members
    bob.subscribe("kitchen")

    ann.bus.publish("kitchen", b"goodbye")
    ann.bus.close()

    wait_until(lambda: bob.messages)
    assert not ann.bus.is_up
    assert ann.states == [True, False]


@pytest.mark.parametrize("server", ["valkey"], indirect=True)
def test_a_valkey_server_is_reached_by_tls_only_with_a_certificate_that_the_url_trusts(server, tmp_path, caplog):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
               "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    proxy = Proxy(server.port, ssl_context=context)
    url = f"valkeys://127.0.0.1:{proxy.port}"
    ann, bob = (Member(server, f"{url}?ssl_ca_certs={certificate}") for _ in range(2))
    bob.subscribe("kitchen")
    sent = [("kitchen", bytes([number]) * 10_000) for number in range(200)]

    for topic, data in sent:
        ann.bus.publish(topic, data)

    wait_until(lambda: bob.messages == sent)
    ann.bus.close()
    bob.bus.close()
    stranger = bus.connect(url, receive=print, on_gap=print)
    wait_until(lambda: "certificate verify failed" in caplog.text)
    assert not stranger.is_up
    stranger.close()
    proxy.close()


def test_an_unknown_server_is_refused():
    with pytest.raises(ValueError, match="cannot use amqp"):
        bus.connect("amqp://here", receive=print, on_gap=print)

