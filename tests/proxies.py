"""nginx, HAProxy and Caddy in front of Hubbub, each with its file in `examples/proxies`, as processes of the tests."""

import datetime
import ipaddress
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.waiting import until

EXAMPLES = Path(__file__).parent.parent / "examples" / "proxies"
FILES = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg", "caddy": "Caddyfile"}
TWO_NODES = {"nginx": EXAMPLES / "two-nodes.conf", "haproxy": EXAMPLES / "two-nodes.cfg",
             "caddy": EXAMPLES.parent / "compose" / "Caddyfile"}
COMMANDS = {"nginx": ("-e", "stderr", "-p", ".", "-c", "nginx.conf"), "haproxy": ("-db", "-f", "haproxy.cfg"),
            "caddy": ("run", "--adapter", "caddyfile", "--config", "Caddyfile")}
MAIN = """daemon off; user root; pid nginx.pid; worker_processes 1; events {{}} http {{ access_log off;
client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
{} }}"""
# What docs/install.md says about a path: the line of the file, its text for the path as it is, and without the prefix.
BELOW = {
    "nginx": (("location / {", "location /chat/ {", "location /chat/ {"),
              ("proxy_pass http://127.0.0.1:5000;", None, "proxy_pass http://127.0.0.1:5000/;")),
    "haproxy": (("default_backend hubbub", *["use_backend hubbub if { path /chat } || { path_beg /chat/ }"] * 2),
                ("backend hubbub\n", None, "backend hubbub\n    http-request replace-path /chat(/.*)? \\1\n")),
    "caddy": (("    reverse_proxy 127.0.0.1:5000\n", "    reverse_proxy /chat/* 127.0.0.1:5000\n",
               "    handle_path /chat/* {\n        reverse_proxy 127.0.0.1:5000\n    }\n"),),
}


def program(name):
    """Return the program of a proxy; skip the test if it is not installed."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin")
    return found or pytest.skip(f"no {name} on this machine: install the package {name}")


def configuration(name, way):
    """Return the text of a proxy's file, changed as the documentation says for a `way`: root, as it is, stripped.

    For the way "two nodes", return that of the file which balances over two.
    """
    if way == "two nodes":
        return TWO_NODES[name].read_text().replace("{$DOMAIN}", "chat.example.org").replace(
            "a:5000", "127.0.0.1:5001").replace("b:5000", "127.0.0.1:5002")
    text = (EXAMPLES / FILES[name]).read_text()
    for line, *changed in BELOW[name] if way != "root" else ():
        assert text.count(line) == 1 or line.startswith("backend"), line
        new = changed[way == "stripped"]
        head, _, tail = text.rpartition(line)
        text = text if new is None else head + new + tail
    return text


class Proxy:
    """A proxy on a port of this machine, with a certificate of its own, in front of the servers on these ports."""

    def __init__(self, name, folder, *upstreams, way="root"):
        found = program(name)
        self.port, self.certificate = free_port(), folder / "chat.crt"
        self.url = f"https://127.0.0.1:{self.port}"
        create_certificate(folder)
        text = configuration(name, way)
        for number, port in enumerate(upstreams, 5000 if len(upstreams) == 1 else 5001):
            text = text.replace(f"127.0.0.1:{number}", f"127.0.0.1:{port}")
        (folder / FILES[name]).write_text(getattr(self, f"_{name}")(text, folder))
        self.process = subprocess.Popen(
            [found, *COMMANDS[name]], cwd=folder, stdout=subprocess.DEVNULL, stderr=(folder / "log").open("w"),
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_DATA_HOME": str(folder)})
        until(lambda: self.process.poll() is not None or can_connect(self.port))
        assert self.process.poll() is None, (folder / "log").read_text()

    def _nginx(self, text, folder):
        text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;").replace(
            "listen [::]:443 ssl;", "").replace("/etc/ssl", str(folder))
        return MAIN.format(text)

    def _haproxy(self, text, folder):
        return text.replace("bind :443", f"bind 127.0.0.1:{self.port}").replace("/etc/haproxy", str(folder))

    def _caddy(self, text, folder):
        head = "{\n    admin off\n    auto_https disable_redirects\n}\n"
        return head + text.replace("chat.example.org {", f"{self.url} {{\n    tls {folder}/chat.pem {folder}/chat.key")

    def stop(self):
        """End the process."""
        self.process.terminate()
        self.process.wait(10)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def create_certificate(folder):
    """Write a certificate for 127.0.0.1 to `chat.crt`, its key to `chat.key`, and both to `chat.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=2)).add_extension(address, critical=False)
                   .sign(key, hashes.SHA256())).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                               serialization.NoEncryption())
    for file, data in (("chat.crt", certificate), ("chat.key", secret), ("chat.pem", certificate + secret)):
        (folder / file).write_bytes(data)
