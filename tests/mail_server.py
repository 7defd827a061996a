"""A mail server (aiosmtpd) in a process of its own; the name in an address says how it treats a recipient.

`python -m tests.mail_server [key] [starttls] [smtps] [password]` prints its port, then each mail as a line of JSON.
"""

import asyncio
import email
import email.policy
import json
import os
import ssl
import subprocess
import sys
import time
import warnings
from datetime import UTC, datetime, timedelta

ANSWERS = {"busy": "451 4.3.0 try again later", "unknown": "550 5.1.1 <unknown@x.example>: no such person",
           "odd": "421 4.3.2 going down"}
PASSWORD = "canary-mail-password"


class Handler:
    """Answers by the first word of the recipient's name; `busy2` is busy twice."""

    def __init__(self):
        self.tries = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.partition("@")[0].split("+")[0]
        self.tries[name] = self.tries.get(name, 0) + 1
        if name == "hanging":
            await asyncio.sleep(60)
        if name == "busy2" and self.tries[name] <= 2:
            return ANSWERS["busy"]
        if name in ANSWERS:
            return ANSWERS[name]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("spam"):
            return "554 5.7.1 looks like spam"
        is_tls = server.transport.get_extra_info("ssl_object") is not None
        print(json.dumps({"to": envelope.rcpt_tos, "from": envelope.mail_from, "tls": is_tls,
                          "user": bool(session.authenticated), "raw": envelope.content.decode()}), flush=True)
        return "250 OK"


async def serve(key, options):
    from aiosmtpd.smtp import SMTP, AuthResult

    context = None
    if key:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key)
    handler, needs_password = Handler(), "password" in options

    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=data.login == b"hubbub" and data.password == PASSWORD.encode(), handled=False)

    def protocol():
        return SMTP(handler, hostname="mail.example", tls_context=context if "starttls" in options else None,
                    require_starttls="starttls" in options, auth_required=needs_password, authenticator=check,
                    auth_require_tls="starttls" in options)

    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", 0, ssl=context if "smtps" in options else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until the tests close it
    os._exit(0)


class MailServer:
    """The process, and the mails that it has accepted: `mails` are email messages, `sessions` how each came."""

    def __init__(self, key="", *options):
        from gevent import spawn  # which the process itself does not need

        self.process = subprocess.Popen([sys.executable, "-m", "tests.mail_server", str(key), *options], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.mails, self.sessions = [], []
        self.reader = spawn(self._read)

    def _read(self):
        for line in self.process.stdout:
            session = json.loads(line)
            self.mails.append(email.message_from_bytes(session["raw"].encode(), policy=email.policy.default))
            self.sessions.append(session)

    def received(self, n):
        """Wait for this many mails; return them."""
        from tests.waiting import until

        until(lambda: len(self.mails) >= n)
        return self.mails

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.reader.kill()
        self.process.stdout.close()


def certificate(path, name="localhost"):
    """Write a key and a certificate that signs itself to a file, for a server on this machine."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.fromtimestamp(time.time(), UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                     + made.public_bytes(Encoding.PEM))
    return path


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asyncio.run(serve(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:]))
