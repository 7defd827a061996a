"""All settings, read from `HUBBUB_*`; the defaults suit a small deployment."""

import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Config:
    """The settings of a deployment; each field is read from `HUBBUB_<NAME>` and described in docs/install.md."""

    host: str = "127.0.0.1"
    port: int = 5000
    data: Path = Path("instance")
    database_url: str = ""  # empty: SQLite in `data`
    proxies: int = 0  # trusted proxies in front, whose X-Forwarded-For and X-Forwarded-Proto are used
    file_limit: int = 100 * 1024 * 1024  # bytes of one file
    file_quota: int = 2 * 1024 * 1024 * 1024  # bytes of all files of one person
    push_private: bool = False  # allow push services in private networks, also over http
    limits: str = "on"  # or "off": no rate limits for peers on this machine; for load tests
    transport: str = "fanout"  # or "stock": Flask-SocketIO's own classes

    @classmethod
    def read(cls, environ: dict[str, str] | None = None, **overrides: object) -> Self:
        """Read the environment, with overrides from the command line; ValueError names an invalid setting."""
        environ = dict(os.environ) if environ is None else environ
        names = {field.name: f"HUBBUB_{field.name.upper()}" for field in fields(cls)}
        values: dict[str, object] = {field: environ[name] for field, name in names.items() if environ.get(name)}
        values |= {name: value for name, value in overrides.items() if value is not None}
        config = cls(**values)  # type: ignore[arg-type]
        config = replace(config, port=_number("PORT", config.port), proxies=_number("PROXIES", config.proxies),
                         push_private=str(config.push_private).lower() in ("1", "true", "yes"),
                         file_limit=_number("FILE_LIMIT", config.file_limit),
                         file_quota=_number("FILE_QUOTA", config.file_quota),
                         data=Path(config.data).absolute())
        if not 0 <= config.proxies <= 9:
            raise ValueError(f"HUBBUB_PROXIES must be between 0 and 9, not {config.proxies}")
        if not 0 <= config.port <= 65535:
            raise ValueError(f"HUBBUB_PORT must be between 0 and 65535, not {config.port}")
        if config.transport not in ("fanout", "stock"):
            raise ValueError(f"HUBBUB_TRANSPORT must be fanout or stock, not {config.transport!r}")
        if config.limits not in ("on", "off"):
            raise ValueError(f"HUBBUB_LIMITS must be on or off, not {config.limits!r}")
        return config


def _number(name: str, value: int | str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"HUBBUB_{name} must be a number, not {value!r}") from None
