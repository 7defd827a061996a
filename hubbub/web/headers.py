"""The headers of every answer: what the page may do, who may embed it, and that nobody keeps a copy.

The policy allows no inline script or style and no nonce, so a text that reaches the page as markup stays text; Trusted
Types turn every string-to-markup door of the browser into an error, and only the policy `worker` may be created, once,
for the address of the service worker.  An answer that sets
one of these headers itself keeps its own.  A file that is kept for ever is public and, but for a picture that could be
opened as a document, nothing that a policy binds: it carries next to nothing, which saves a page half its headers.
"""

from __future__ import annotations

import gzip
from typing import Any

from flask import Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types worker"
)
FILE_POLICY = "default-src 'none'"
FOREVER = "max-age=31536000, immutable"
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
WORTH_PACKING = 600


def takes_gzip(environ: dict[str, Any]) -> bool:
    """Whether the client said that it can read gzip."""
    return "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "").lower()


def dress(response: Response) -> Response:
    """Add what every answer carries, and squeeze text that is worth it."""
    is_kept = response.headers.get("Cache-Control") == FOREVER
    for name, value in {**ALWAYS, **({} if is_kept else PERSONAL)}.items():
        response.headers.setdefault(name, value)
    if _is_worth_packing(response):
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
    return response


def _is_worth_packing(response: Response) -> bool:
    return (
        response.mimetype in TEXT
        and not response.is_streamed
        and "Content-Encoding" not in response.headers
        and takes_gzip(request.environ)
        and (response.content_length or 0) >= WORTH_PACKING
    )
