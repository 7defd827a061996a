"""A client of a running Hubbub for the command line: its HTTP API, with a bearer token."""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import click

TIMEOUT = 10.0  # seconds


class Unavailable(Exception):
    """The server did not answer; the request may be sent again."""


class Remote:
    """A running Hubbub, and the token for it."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._token = token

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the JSON of the response; ClickException if it is an error, `Unavailable` if there is none."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            request = urllib.request.Request(self.url + path, data, headers, method=method)
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except (OSError, http.client.HTTPException) as problem:
            raise Unavailable(f"no answer from {self.url}: {getattr(problem, 'reason', problem)}") from None
        except ValueError as problem:
            raise click.ClickException(f"{self.url} is not a Hubbub server: {problem}") from None


def _refusal(error: urllib.error.HTTPError) -> Exception:
    try:
        body = json.load(error)
        return (Unavailable if body["code"] in ("busy", "too_fast") else click.ClickException)(body["error"])
    except (ValueError, TypeError, KeyError):
        return Unavailable(f"no answer from Hubbub, only HTTP {error.code}")


def options(command: Any) -> Any:
    """Add the options for the address and the token of a running Hubbub to a command."""
    for option in (
        click.option("--token", envvar="HUBBUB_TOKEN", help="A token with the scope write.  [HUBBUB_TOKEN]"),
        click.option("--url", envvar="HUBBUB_URL", default="http://127.0.0.1:5000", show_default=True,
                     help="The address of Hubbub.  [HUBBUB_URL]"),
    ):
        command = option(command)
    return command


def connect(url: str, token: str | None) -> Remote:
    """Return the client for the given options; ClickException if there is no token."""
    if not token:
        raise click.ClickException("no token: create one in Settings, Tokens, and set HUBBUB_TOKEN to it")
    return Remote(url, token)
