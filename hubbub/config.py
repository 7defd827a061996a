"""Every setting, read from `HUBBUB_*`; the defaults are the small deployment."""

import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Config:
    """What a deployment may choose: each field is a setting `HUBBUB_<NAME>`, described in docs/install.md."""

    host: str = "127.0.0.1"
    port: int = 5000
    data: Path = Path("instance")
    database_url: str = ""  # empty: SQLite in `data`
    transport: str = "fanout"  # or "stock": Flask-SocketIO's own classes

    @classmethod
    def read(cls, environ: dict[str, str] | None = None, **overrides: object) -> Self:
        """The settings of the environment, with what the command line says on top; ValueError names a wrong one."""
        environ = dict(os.environ) if environ is None else environ
        names = {field.name: f"HUBBUB_{field.name.upper()}" for field in fields(cls)}
        said: dict[str, object] = {field: environ[name] for field, name in names.items() if environ.get(name)}
        said |= {name: value for name, value in overrides.items() if value is not None}
        config = cls(**said)  # type: ignore[arg-type]
        try:
            config = replace(config, port=int(config.port), data=Path(config.data).absolute())
        except ValueError:
            raise ValueError(f"HUBBUB_PORT must be a number, not {config.port!r}") from None
        if not 0 <= config.port <= 65535:
            raise ValueError(f"HUBBUB_PORT must be between 0 and 65535, not {config.port}")
        if config.transport not in ("fanout", "stock"):
            raise ValueError(f"HUBBUB_TRANSPORT must be fanout or stock, not {config.transport!r}")
        return config
