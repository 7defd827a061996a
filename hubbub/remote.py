"""Asking a running Hubbub from the command line: its HTTP API, with a bearer token, in words when it says no."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import click

TIMEOUT = 10.0  # seconds


class Away(Exception):
    """Nobody answered; the same may be asked again."""


class Remote:
    """One running Hubbub, and the token to ask it with."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._token = token

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON of its answer; ClickException with its words when it refuses, `Away` when nobody answers."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            request = urllib.request.Request(self.url + path, data, headers, method=method)
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as no:
            raise _refusal(no) from None
        except (OSError, http.client.HTTPException) as problem:
            raise Away(f"no answer from {self.url}: {getattr(problem, 'reason', problem)}") from None
        except ValueError as problem:
            raise click.ClickException(f"{self.url} is no Hubbub: {problem}") from None


def _refusal(no: urllib.error.HTTPError) -> Exception:
    try:
        said = json.load(no)
        return click.ClickException(said["error"]) if said["code"] not in ("busy", "too_fast") else Away(said["error"])
    except (ValueError, TypeError, KeyError):
        return Away(f"no answer from Hubbub, only HTTP {no.code}")


def options(command: Any) -> Any:
    """The options by which every such command finds its Hubbub and says who it is."""
    for option in (
        click.option("--token", envvar="HUBBUB_TOKEN", help="A token with the scope write.  [HUBBUB_TOKEN]"),
        click.option("--url", envvar="HUBBUB_URL", default="http://127.0.0.1:5000", show_default=True,
                     help="Where Hubbub is.  [HUBBUB_URL]"),
    ):
        command = option(command)
    return command


def at(url: str, token: str | None) -> Remote:
    """The Hubbub that the options name; says how to come by a token where there is none."""
    if not token:
        raise click.ClickException("no token: make one in Settings, Tokens, and set HUBBUB_TOKEN to it")
    return Remote(url, token)
