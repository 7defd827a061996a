"""Outgoing requests: an address that a user enters gives no access to our own network."""

import contextlib
import datetime
import ipaddress
import socket
import ssl

import gevent
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from gevent.server import StreamServer

from hubbub.core.access import Refused
from hubbub.notifications import addresses, outgoing

NAME = "push.example.com"


@pytest.mark.parametrize("address, public, private", [
    ("93.184.215.14", True, True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True, True),
    ("64:ff9b::808:808", True, True),
    ("127.0.0.1", False, True), ("127.8.8.8", False, True), ("10.1.2.3", False, True), ("172.16.0.1", False, True),
    ("192.168.1.1", False, True), ("100.64.0.1", False, True), ("::1", False, True), ("fd00::1", False, True),
    ("0.0.0.0", False, False), ("0.1.2.3", False, False), ("169.254.169.254", False, False),
    ("224.0.0.1", False, False), ("239.1.2.3", False, False), ("255.255.255.255", False, False),
    ("240.0.0.1", False, False),
    ("::", False, False),
    ("192.0.2.1", False, False), ("198.18.0.1", False, False), ("fe80::1%eth0", False, False),
    ("fe80::1", False, False),
    ("fec0::1", False, False), ("ff02::1", False, False), ("ff0e::1", False, False), ("::127.0.0.1", False, False),
    ("::ffff:127.0.0.1", False, False), ("::ffff:10.0.0.1", False, False), ("::ffff:93.184.215.14", False, False),
    ("64:ff9b::a9fe:a9fe", False, False), ("64:ff9b:1::7f00:1", False, False), ("2002:7f00:1::", False, False),
    ("2002:5db8:d70e::1", False, False), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False, False),
    ("2001:db8::1", False, False), ("100::1", False, False),
])
def test_reachable_addresses(address, public, private):
    assert (addresses.may_reach(address), addresses.may_reach(address, private=True)) == (public, private)


def test_a_nat64_address_of_this_machine_is_forbidden():
    assert not addresses.may_reach("64:ff9b::7f00:1")


@pytest.mark.parametrize("url, reason", [
    (f"http://{NAME}/x", "begin with https://"), (f"ftp://{NAME}", "begin with https://"), ("https://", "not a URL"),
    ("https:///x", "not a URL"), (f"//{NAME}", "begin with https://"), (NAME, "not a URL"), ("", "not a URL"),
    ("javascript:alert(1)", "not a URL"), ("https://[::1", "not a URL"), (f"https://{NAME}/\n", "not a URL"),
    (f"https://{NAME}\\@127.0.0.1/", "not a URL"), (f"https://{NAME}/a b", "not a URL"),
    (f"https://{NAME}:99999/", "not a URL"), (f"https://{NAME}:x/", "not a URL"),
    ("https://pu\u015bh.pl/", "not a URL"), ("https://\u24db\u24de\u24d2\u24d0\u24db/", "not a URL"),
    ("https://127\u30020\u30020\u30021/", "not a URL"),
    (f"https://user@{NAME}/", "no username, password"), (f"https://{NAME}@127.0.0.1/", "no username, password"),
    (f"https://@{NAME}/", "no username, password"), (f"https://{NAME}/#x", "fragment"),
    (f"https://{NAME}:22/", "port 443"), (f"https://{NAME}:8443/", "port 443"),
    (f"https://{NAME}:80/", "port 443"),
    *((f"https://{host}/x", "on the public internet") for host in (
        "127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "2130706433",
        "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "127.0.0.1.", "93.184.215.14",
        "[2606:2800:21f::1]", "localhost", "LocalHost", "localhost.", "a.localhost", "localhost.localdomain",
        "nas.local", "nas.lan", "wiki.corp", "metadata.google.internal", "router.home.arpa", "intranet", "com",
        f"{NAME}.",
        "-push.example.com", "push..com", "push_.com", "%31%32%37.0.0.1", f"{'a' * 64}.com", f"{'a.' * 126}com")),
    (f"https://{NAME}/" + "x" * 1000, "too long"),
])
def test_a_forbidden_url_is_refused_with_a_reason(url, reason):
    with pytest.raises(Refused, match=reason) as refusal:
        addresses.check(url)

    assert refusal.value.code == ("too_large" if reason == "too long" else "bad_input")


@pytest.mark.parametrize("url", [
    "https://fcm.googleapis.com/fcm/send/d61c5u920dw:APA91bEmnw8utjDYCqSRplFMVCzQMg9e5XxpYaj-v_7mv2QI",
    "https://updates.push.services.mozilla.com:443/wpush/v2/gAAAAABk~x=", "https://web.push.apple.com/QGuQyavXutnMH%2B9",
    "https://wns2-by3p.notify.windows.com/w/?token=BQYAAAD%2fabc&x=[1]", "HTTPS://PUSH.EXAMPLE.COM/x",
    "https://xn--psh-tna.xn--p1ai/x"])
def test_urls_of_push_services_are_allowed(url):
    addresses.check(url)


@pytest.mark.parametrize("url, allowed", [
    ("http://127.0.0.1:8080/x", True), ("http://10.1.2.3/", True), ("https://ntfy:8443/x", True),
    ("http://nas.local/", True), ("http://93.184.215.14/", True), ("http://169.254.169.254/", False),
    ("http://0.0.0.0/", False), ("http://2130706433/", False), ("http://0x7f.1/", False), ("http://[::1]/", False),
    ("http://a@nas/", False), ("ftp://nas/", False), ("http://224.0.0.1/", False)])
def test_private_networks_are_reachable_only_if_allowed(url, allowed):
    if allowed:
        addresses.check(url, private=True)
    else:
        with pytest.raises(Refused):
            addresses.check(url, private=True)


class Listener:
    """A server on loopback that counts connections, records every byte, and sends a given answer."""

    def __init__(self, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tls=None):
        self.connections, self.received, self.answer, self.sent, self.tls = 0, b"", answer, 0, tls
        self.server = StreamServer(("127.0.0.1", 0), self._serve)
        self.server.start()
        self.port = self.server.server_port

    def _serve(self, peer, _):
        self.connections += 1
        with contextlib.suppress(OSError):
            peer = self.tls.wrap_socket(peer, server_side=True) if self.tls else peer
            while data := peer.recv(1000):
                self.received += data
                for part in self._answer() if data.endswith(b"\r\n\r\n") else ():
                    peer.sendall(part)
                    self.sent += len(part)

    def _answer(self):
        return [self.answer] if isinstance(self.answer, bytes) else self.answer


@pytest.fixture
def listen():
    listeners = []

    def start(*values, **more):
        listeners.append(Listener(*values, **more))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.server.stop(timeout=0)


@pytest.fixture
def resolve(monkeypatch):
    """`resolve("127.0.0.1")` makes every name resolve to it; of several answers, each look-up gets the next."""
    def to(*answers):
        answers = list(answers)

        def answer(host, port, *_):
            found = answers.pop(0) if len(answers) > 1 else answers[0]
            return [(socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
                    for each in found.split()]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
    return to


def use_as_default_port(monkeypatch, port):
    """Make connections to port 443 go to the listener's port."""
    dial = outgoing._dial

    def dial_listener(host, _, private):
        getaddrinfo = socket.getaddrinfo
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", lambda host, _, *more: getaddrinfo(host, port, *more))
            return dial(host, 443, private)

    monkeypatch.setattr(outgoing, "_dial", dial_listener)


def test_a_name_with_a_private_address_is_not_connected_to(monkeypatch, listen, resolve):
    listener = listen()
    use_as_default_port(monkeypatch, listener.port)

    for private, url in [(False, f"https://{NAME}/x"), (True, f"https://{NAME}/x"), (True, f"http://{NAME}/x")]:
        for address in ("127.0.0.1", "93.184.215.14 127.0.0.1", "127.0.0.1 93.184.215.14"):
            resolve(address.replace("127.0.0.1", "169.254.169.254") if private else address)
            with pytest.raises(addresses.Forbidden):
                outgoing.Session(private).post(url, data=b"secret")
            assert listener.connections == 0, (private, url, address)


def test_a_name_is_resolved_once_so_that_the_checked_address_is_used(monkeypatch, listen, resolve):
    listener, connections = listen(), []
    use_as_default_port(monkeypatch, listener.port)
    resolve("93.184.215.14", "127.0.0.1")

    def refuse(self, address):
        connections.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)

    with pytest.raises(requests.ConnectionError):
        outgoing.Session().post(f"https://{NAME}/x", data=b"secret")

    assert connections == [("93.184.215.14", listener.port)] and listener.connections == 0


@pytest.mark.parametrize("private", [False, True])
def test_a_connection_to_another_address_is_closed_before_sending(monkeypatch, listen, resolve, private):
    listener = listen()
    use_as_default_port(monkeypatch, listener.port)
    resolve("93.184.215.14")
    connect, getpeername = socket.socket.connect, socket.socket.getpeername
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: connect(self, ("127.0.0.1", address[1])))
    if private:
        monkeypatch.setattr(socket.socket, "getpeername", lambda self: ("169.254.169.254", getpeername(self)[1]))

    with pytest.raises(addresses.Forbidden):
        outgoing.Session(private).post(f"https://{NAME}/x", data=b"secret")

    assert listener.received == b""


@pytest.mark.parametrize("url", [f"http://{NAME}/x", f"ftp://{NAME}/x", "file:///etc/passwd"])
def test_only_https_is_allowed(resolve, url):
    resolve("93.184.215.14")

    with pytest.raises(requests.exceptions.InvalidSchema):
        outgoing.Session().post(url)


def test_only_the_default_port_is_allowed(resolve):
    resolve("93.184.215.14")

    with pytest.raises(addresses.Forbidden):
        outgoing.Session().post(f"https://{NAME}:22/x")


def test_an_answer_is_returned_and_the_connection_reused(listen):
    listener = listen()
    session = outgoing.Session(private=True)

    answers = [session.get(f"http://127.0.0.1:{listener.port}/x") for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"ok")] * 2
    assert listener.connections == 1 and b"python" not in listener.received.lower()


def test_redirects_and_cookies_are_ignored(listen):
    other = listen()
    listener = listen(f"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:{other.port}/\r\n"
                      "Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n".encode())
    session = outgoing.Session(private=True)

    answer = session.post(f"http://127.0.0.1:{listener.port}/", data=b"")
    session.post(f"http://127.0.0.1:{listener.port}/", data=b"")

    assert (answer.status_code, other.connections) == (307, 0) and b"a=b" not in listener.received


def test_only_the_beginning_of_an_endless_answer_is_read(listen):
    listener = listen([b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", *[b"x" * 50_000] * 1000])

    answer = outgoing.Session(private=True).get(f"http://127.0.0.1:{listener.port}/")

    assert len(answer.content) == 64 * 1024 and listener.sent < 40_000_000


@pytest.mark.parametrize("slow", [[b"HTTP/1.1 200 OK\r\n"], [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]])
def test_a_slow_answer_times_out(monkeypatch, listen, slow):
    def drip():
        yield from slow
        while True:
            gevent.sleep(0.01)
            yield b"X-X: y\r\n" if slow[0].count(b"\r\n") == 1 else b""

    listener = listen(drip())
    monkeypatch.setattr(outgoing, "TOTAL", 0.1)

    with pytest.raises(requests.Timeout):
        outgoing.Session(private=True).get(f"http://127.0.0.1:{listener.port}/")


def test_proxies_and_netrc_of_the_environment_are_ignored(monkeypatch, listen, tmp_path):
    proxy, listener = listen(), listen()
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login olga password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

    outgoing.Session(private=True).get(f"http://127.0.0.1:{listener.port}/")

    assert (proxy.connections, listener.connections) == (0, 1) and b"Authorization" not in listener.received


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "push")])
    now = datetime.datetime.now(datetime.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, hashes.SHA256()))
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    return [str(file) for file in files]


@pytest.mark.parametrize("trusted, host", [(True, "127.0.0.1"), (False, "127.0.0.1"), (True, "localhost")])
def test_tls_certificates_are_verified(monkeypatch, listen, certificate, trusted, host):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    listener = listen(tls=context)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    session = outgoing.Session(private=True)

    if trusted and host == "127.0.0.1":
        assert session.post(f"https://{host}:{listener.port}/x").content == b"ok"
    else:
        with pytest.raises(requests.exceptions.SSLError):
            session.post(f"https://{host}:{listener.port}/x", verify=False)
        assert listener.received == b""
