"""The headers of every answer: what the page may do, which sites may embed it, and that no cache keeps it.

The policy allows no inline script or style and no nonce, so a text that reaches the page as markup stays text.
Trusted Types turn every assignment of a string as markup into an error; only the policy `worker` may be created,
once, for the address of the service worker.  An answer that sets one of these headers itself keeps its own.  An
immutable file is public, and a policy does not apply to it unless it is a picture that could be opened as a document,
so it carries almost no headers: that saves a page half of them.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from flask import Response, request

from hubbub import short_text

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types worker"
)
FILE_POLICY = "default-src 'none'"
IMMUTABLE = "max-age=31536000, immutable"
ALWAYS = {"X-Content-Type-Options": "nosniff"}
PERSONAL = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
TEXT = {"text/html", "text/plain", "application/json"}
MIN_GZIP_SIZE = 600  # bytes


# Letters that do not decompose into ASCII, in lower and upper case: ł, Ø, ß …; and dashes.
LETTERS = short_text.LETTERS | str.maketrans({"ŋ": "n", "ə": "e", "ẞ": "SS", "–": "-", "—": "-", "‐": "-", "−": "-"})
LETTERS |= {ord(upper): ascii.title() for letter, ascii in LETTERS.items()
            if len(upper := chr(letter).upper()) == 1 and upper != chr(letter)}


def accepted_encodings(environ: dict[str, Any]) -> set[str]:
    """Return the names of the encodings that the client accepts."""
    parts = environ.get("HTTP_ACCEPT_ENCODING", "").lower().replace(" ", "").split(",")
    return {part.partition(";")[0] for part in parts if not re.search(r";q=0(\.0*)?$", part)}


def disposition(name: str, *, inline: bool = False) -> str:
    """Return the Content-Disposition of a file with this name (RFC 6266).

    Clients that do not know `filename*`, like curl, get the name without accents, or the neutral `file` instead of
    what cannot be written in ASCII.
    """
    stem, dot, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
    plain = f"{_ascii(stem) or 'file'}{dot}{_ascii(ending)}".rstrip(".")
    encoded = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"{encoded}"


def _ascii(text: str) -> str:
    """Return a text in ASCII, safe inside quotation marks; empty if no letter or digit is left of it."""
    bare = unicodedata.normalize("NFKD", text).translate(LETTERS).encode("ascii", "ignore").decode()
    safe = re.sub(r"[^\w !#$&'()+,.=@{}~^-]+", "_", bare).strip(" .")
    return safe if re.search(r"[A-Za-z0-9]", safe) else ""


class Headers:
    """WSGI middleware that adds the headers of every answer, whichever part of the application gives it."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, given: list[tuple[str, str]], *exc_info: Any) -> Any:
            return start_response(status, with_all(given), *exc_info)

        answer: Iterable[bytes] = self._app(environ, start)
        return answer


def with_all(given: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers of an answer, and those of every answer that it lacks."""
    is_immutable = ("Cache-Control", IMMUTABLE) in given
    names = {name.lower() for name, _ in given}
    every = ALWAYS if is_immutable else ALWAYS | PERSONAL
    return [*given, *((name, value) for name, value in every.items() if name.lower() not in names)]


def compress(response: Response) -> Response:
    """Compress text that is long enough."""
    if _is_worth_gzip(response):
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
    return response


def _is_worth_gzip(response: Response) -> bool:
    return (
        response.mimetype in TEXT
        and not response.is_streamed
        and "Content-Encoding" not in response.headers
        and "gzip" in accepted_encodings(request.environ)
        and (response.content_length or 0) >= MIN_GZIP_SIZE
    )
