"""The way out: whoever names an address gains nothing inside our own network."""

import socket
import threading

import pytest

from hubbub.core.access import Refused
from hubbub.notifications import outgoing


@pytest.mark.parametrize("address, public", [
    ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    ("127.0.0.1", False), ("127.8.8.8", False), ("0.0.0.0", False), ("10.1.2.3", False), ("172.16.0.1", False),
    ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False),
    ("255.255.255.255", False), ("::1", False), ("::", False), ("fe80::1%eth0", False), ("fd00::1", False),
    ("ff02::1", False), ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("::ffff:93.184.215.14", True),
    ("64:ff9b::7f00:1", False), ("64:ff9b::a9fe:a9fe", False), ("2002:7f00:1::", False), ("2002:0a00:0001::", False),
])
def test_which_addresses_are_of_the_open_internet(address, public):
    assert outgoing.is_public(address) is public


@pytest.mark.parametrize("url", [
    "http://push.example/x", "ftp://push.example", "https://", "https:///x", "//push.example", "push.example",
    "https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.1", "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:127.0.0.1]/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
    "https://127.1/", "https://localhost/", "https://user@push.example/", "https://push.example@127.0.0.1/",
    "https://push.example:22/", "https://push.example:8443/", "https://push.example:99999/", "https://push.example\\@x",
    "https://push.example/" + "x" * 1000, "https://push.example/\n", "https://[::1", "javascript:alert(1)", "",
    "https://pu\u015bh.example/",
])
def test_an_address_that_we_would_not_speak_to_is_refused(url):
    with pytest.raises(Refused) as no:
        outgoing.check(url)

    assert no.value.code == "bad_input"


def test_a_name_that_leads_nowhere_yet_is_left_to_the_time_of_sending(monkeypatch):
    monkeypatch.setattr(outgoing, "_addresses", lambda host: [])

    outgoing.check("https://push.example/abc")


def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch):
    monkeypatch.setattr(outgoing, "_addresses", lambda host: ["93.184.215.14", "127.0.0.1"])

    with pytest.raises(Refused):
        outgoing.check("https://push.example/abc")


@pytest.fixture
def listener():
    """Somebody on loopback who notes every byte that comes."""
    server, heard = socket.create_server(("127.0.0.1", 0)), []

    def take():
        peer, _ = server.accept()
        heard.append(peer.recv(1000))
        peer.close()

    thread = threading.Thread(target=take)
    thread.start()
    yield server.getsockname()[1], thread, heard
    server.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_leads_into_our_network_by_the_time_of_sending_is_sent_nothing(listener, scheme):
    port, thread, heard = listener

    with pytest.raises(OSError, match="private address"):
        outgoing.post(f"{scheme}://localhost:{port}/", b"secret", {"X": "y"})

    thread.join(5)
    assert heard == [b""]


def test_it_follows_nobody_elsewhere_and_reads_no_endless_answer(monkeypatch, listener):
    port, _, _ = listener
    monkeypatch.setattr(outgoing, "private", True)
    server = socket.create_server(("127.0.0.1", 0))

    def redirect():
        peer, _ = server.accept()
        peer.recv(1000)
        peer.sendall(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 99999999999\r\n\r\n"
                     .encode())

    thread = threading.Thread(target=redirect)
    thread.start()

    assert outgoing.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"", {}) == (302, "")

    thread.join(5)
    server.close()
    socket.create_connection(("127.0.0.1", port)).close()


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch, listener):
    port, thread, heard = listener
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
    monkeypatch.setattr(outgoing, "private", True)

    with pytest.raises(OSError):
        outgoing.post("http://127.0.0.1:1/", b"", {})

    socket.create_connection(("127.0.0.1", port)).close()
    thread.join(5)
    assert heard == [b""]
