"""All settings, read from `HUBBUB_*`; the defaults suit a small deployment."""

import difflib
import os
import re
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self

NUMBERS = {"port": (0, 65535), "proxies": (0, 9), "workers": (1, 64), "file_limit": (1, 2**53),
           "file_quota": (0, 2**53)}
CHOICES = {"limits": ("on", "off"), "log": ("text", "json"), "transport": ("fanout", "stock")}
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
SECRET = ("database_url", "bus_url", "smtp_url")  # may contain passwords
HOST = re.compile(r"(?!-)[^\s/:@\[\]]{1,253}")
OTHERS = {f"HUBBUB_{name}" for name in (  # which commands, bin/ and the tests read themselves
    "URL", "TOKEN", "VENV", "BROWSER", "STORIES", "FUZZ", "PAST", "UNSHARED", "MODULES", "TEST_FORKS", "TEST_POSTGRES")}
PATTERNS = {
    "database_url": (r"postgres(ql)?://.*", "an address like postgresql://user:password@host/name"),
    "bus_url": (r"(valkey|redis)s?://.+|unix://.+|postgres(ql)?://.*",
                "an address like valkey://host or postgresql://host/name"),
    "prefix": (r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?", "a path like /chat"),
    "files_url": (r"s3://[a-z0-9][a-z0-9.-]+(/[^?#]*)?(\?(endpoint|region)=[^&#]+(&(endpoint|region)=[^&#]+)*)?",
                  "an address like s3://bucket/prefix?endpoint=https://s3.example.org&region=eu"),
    "smtp_url": (r"smtps?://([^@/\s]+@)?[A-Za-z0-9.-]+(:\d{1,5})?/?(\?tls=no)?",
                 "an address like smtp://user:password@mail.example.org:587"),
    "smtp_sender": (r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", "an e-mail address"),
    "node": ("[a-z0-9]{1,12}", "up to 12 letters a to z and digits"),
}


@dataclass(frozen=True)
class Config:
    """The settings of a deployment; each field is read from `HUBBUB_<NAME>` and described in docs/install.md."""

    host: str = "127.0.0.1"
    port: int = 5000
    data: Path = Path("instance")
    prefix: str = ""  # the path below which a proxy serves Hubbub, like /chat
    database_url: str = ""  # empty: SQLite in `data`
    bus_url: str = ""  # how processes on one database send each other messages; empty: by PostgreSQL itself
    files_url: str = ""  # empty: the folder `files` in `data`; s3://bucket/prefix: an S3-compatible store
    workers: int = 1  # processes that serve; more than one only on PostgreSQL
    node: str = ""  # the name of this machine in session ids, by which a proxy finds the machine of a session
    hosts: tuple[str, ...] = ()  # names of this server besides this machine's own (see web/hosts.py); * for any
    proxies: int = 0  # trusted proxies in front, whose X-Forwarded-For and X-Forwarded-Proto are used
    file_limit: int = 100 * 1024 * 1024  # bytes of one file
    file_quota: int = 2 * 1024 * 1024 * 1024  # bytes of all files of one person
    push_private: bool = False  # allow push services in private networks, also over http
    smtp_url: str = ""  # the mail server that sends e-mail; empty: none is sent
    smtp_sender: str = ""  # the address that e-mail comes from
    limits: str = "on"  # or "off": no rate limits for peers on this machine; for load tests
    log: str = "text"  # or "json": one JSON object per line
    transport: str = "fanout"  # or "stock": Flask-SocketIO's own classes

    @classmethod
    def read(cls, environ: dict[str, str] | None = None, **overrides: object) -> Self:
        """Read the environment, with overrides from the command line; ValueError has a line for each wrong setting."""
        environ = dict(os.environ) if environ is None else environ
        known = {field.name: f"HUBBUB_{field.name.upper()}" for field in fields(cls)}
        values: dict[str, object] = {field: environ[name] for field, name in known.items() if environ.get(name)}
        values |= {name: value for name, value in overrides.items() if value is not None}
        problems = [_unknown(name, list(known.values())) for name in sorted(environ)
                    if name.startswith("HUBBUB_") and name not in known.values() and name not in OTHERS]
        for field, value in values.items():
            try:
                values[field] = _parse(field, value)
            except ValueError as problem:
                shown = "" if field in SECRET else f", not {value!r}"
                problems.append(f"{known[field]} must be {problem}{shown}")
        if values.get("bus_url") and not values.get("database_url"):
            problems.append("HUBBUB_BUS_URL needs HUBBUB_DATABASE_URL: several processes cannot share SQLite")
        if bool(values.get("smtp_url")) != bool(values.get("smtp_sender")):
            problems.append("HUBBUB_SMTP_URL and HUBBUB_SMTP_SENDER need each other")
        if problems:
            raise ValueError("\n".join(problems))
        config = cls(**values)  # type: ignore[arg-type]
        return replace(config, data=config.data.absolute())


def _parse(field: str, value: object) -> object:
    """Return the value of a setting; ValueError says what it must be."""
    text = str(value).strip()
    if field in NUMBERS:
        least, most = NUMBERS[field]
        if not re.fullmatch("-?[0-9]{1,18}", text):
            raise ValueError("a number")
        if not least <= int(text) <= most:
            raise ValueError(f"between {least} and {most}")
        return int(text)
    if field in CHOICES and text not in CHOICES[field]:
        raise ValueError(" or ".join(CHOICES[field]))
    if field == "push_private":
        if text.lower() not in YES + NO:
            raise ValueError("1 or 0")
        return text.lower() in YES
    if field in PATTERNS and not re.fullmatch(PATTERNS[field][0], text):
        raise ValueError(PATTERNS[field][1])
    if field == "hosts":
        return _hosts(text)
    return Path(text) if field == "data" else text.rstrip("/") if field == "prefix" else text


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(text.lower().replace(",", " ").split())
    if not all(name == "*" or HOST.fullmatch(name) for name in names):
        raise ValueError("host names without scheme and port, separated by commas")
    return names


def _unknown(name: str, known: list[str]) -> str:
    similar = difflib.get_close_matches(name, known, 1, cutoff=0.8)
    return f"there is no setting {name}" + (f": did you mean {similar[0]}?" if similar else "")
