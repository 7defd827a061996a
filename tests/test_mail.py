"""E-mail: one mail is handed to a real mail server, over TLS and with a password, or the reason says what to do."""

import time
from dataclasses import replace

import pytest

from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.notifications import mail
from tests.mail_server import PASSWORD, MailServer, certificate
from tests.running_app import HERE

SENDER = "hubbub@chat.example.org"
UNSUBSCRIBE = f"<https://chat.example.org/{'long/' * 20}u>"


@pytest.fixture
def start(app):
    """Return a function that starts a mail server and lets the app use it."""
    servers = []

    def start(url, key="", *options):
        servers.append(MailServer(key, *options))
        node.current().config = replace(app.config, smtp_url=url.format(servers[-1].port), smtp_sender=SENDER)
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def test_a_mail_has_the_headers_that_mail_programs_need(app, start):
    server = start("smtp://localhost:{}?tls=no")

    mail.send("ann@exämple.org", "Two\nlines\r\nBcc: eve@x.example", "Grüße", html="<p>Grüße</p>", id="digest.1",
              headers={"List-Unsubscribe": UNSUBSCRIBE})

    [message] = server.received(1)
    assert server.sessions[0]["to"] == ["ann@xn--exmple-cua.org"] and server.sessions[0]["from"] == SENDER
    assert f"List-Unsubscribe: {UNSUBSCRIBE}\r\n" in server.sessions[0]["raw"]
    assert (message["Subject"], message["Bcc"]) == ("Two lines Bcc: eve@x.example", None)
    assert (message["From"], message["Message-ID"]) == (f"Hubbub <{SENDER}>", "<digest.1@chat.example.org>")
    assert message["Auto-Submitted"] == "auto-generated" and message["Date"].datetime.timestamp() > time.time() - 60
    assert [part.get_content().strip() for part in message.iter_parts()] == ["Grüße", "<p>Grüße</p>"]


@pytest.mark.parametrize("address", [
    "", "ann", "@x.example", "ann@", "ann@x..example", "a nn@x.example", "ann@x.example\nBcc: eve@x.example",
    "ann@x.example, eve@x.example", "<ann@x.example>", ".ann@x.example", "ann@127.0.0.1", f"{'a' * 65}@x.example"])
def test_nothing_is_sent_to_what_is_not_one_address(address):
    with pytest.raises(Refused) as refusal:
        mail.check_address(address)

    assert refusal.value.id == "error.mail_address"


def test_a_header_with_a_line_break_is_an_error(app, start):
    start("smtp://localhost:{}?tls=no")

    with pytest.raises(ValueError):
        mail.send("ann@x.example", "Hello", "Hello", headers={"References": "<1@x>\nBcc: eve@x.example"})


def test_without_a_mail_server_nothing_is_sent(app):
    with pytest.raises(Refused, match="sends no e-mail"):
        mail.send("ann@x.example", "Hello", "Hello")


def test_the_password_is_sent_over_tls_only(app, start, tmp_path, monkeypatch, caplog):
    key = certificate(tmp_path / "key.pem")
    for scheme, option in (("smtp", "starttls"), ("smtps", "smtps")):
        server = start(f"{scheme}://hubbub:{PASSWORD}@localhost:{{}}", key, option, "password")
        with pytest.raises(mail.Later):  # nobody has signed this certificate
            mail.send("ann@x.example", "Hello", "Hello")
        with monkeypatch.context() as trust:
            trust.setenv("SSL_CERT_FILE", str(key))
            mail._trust.cache_clear()  # a server reads it once
            mail.send("ann@x.example", "Hello", "Hello")
            server.received(1)
        mail._trust.cache_clear()
        assert (server.sessions[0]["tls"], server.sessions[0]["user"]) == (True, True)
    start(f"smtp://hubbub:{PASSWORD}@localhost:{{}}", "", "password")
    with pytest.raises(mail.Later):  # it offers no STARTTLS
        mail.send("ann@x.example", "Hello", "Hello")

    assert "SSLCertVerificationError" in caplog.text and "SMTPNotSupportedError" in caplog.text
    assert PASSWORD not in caplog.text and "ann@" not in caplog.text


def test_a_refusal_says_whether_trying_again_helps(app, start, caplog):
    server = start("smtp://localhost:{}?tls=no")
    for name, outcome, words in (("busy", mail.Later, "451"), ("odd", mail.Later, "421"),
                                 ("unknown", mail.Rejected, "550 5.1.1"), ("spam", mail.Rejected, "554")):
        with pytest.raises(outcome, match=words):
            mail.send(f"{name}@x.example", "Hello", "Hello")
    start("smtp://hubbub:wrong-canary@localhost:{}?tls=no", "", "password")
    with pytest.raises(mail.Later):
        mail.send("ann@x.example", "Hello", "Hello")

    assert server.mails == [] and "SMTPAuthenticationError 535" in caplog.text and "canary" not in caplog.text


def test_a_mail_server_that_hangs_or_is_away_delays_no_request(app, start, monkeypatch):
    server = start("smtp://localhost:{}?tls=no")
    monkeypatch.setattr(mail, "TOTAL", 0.5)
    sending = node.spawn(mail.send, "hanging@x.example", "Hello", "Hello")
    assert app.http.get("/healthz", environ_overrides=HERE).status_code == 200 and not sending.ready()
    with pytest.raises(mail.Later, match="Timeout"):
        sending.get()
    server.stop()
    with pytest.raises(mail.Later, match="ConnectionRefusedError"):
        mail.send("ann@x.example", "Hello", "Hello")
