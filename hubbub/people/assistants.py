"""Tokens of assistants: programs in which a language model decides what to call.

Each request with such a token is noted in the audit log, by the server and before it is carried out, so nothing depends
on the program that sends it.  A request that names a tool is refused with any other token.
"""

import re
from typing import Any

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Refused, Visitor
from hubbub.people import audit

TOOL = "HTTP_HUBBUB_TOOL"  # the header `Hubbub-Tool`: which tool of the assistant sends the request
NOTED = "hubbub.noted"  # in the environ of a request that was
NAME = re.compile(r"[a-z_]{1,40}")
PATH_LIMIT = 200  # characters


def note(visitor: Visitor, environ: dict[str, Any], network: str) -> None:
    """Note a request of an assistant; without its query, which may contain what a person searches for."""
    tool = environ.get(TOOL, "")
    if not visitor.is_audited:
        if tool:
            raise Refused("error.token_not_audited", "denied")
        return
    if environ.get(NOTED):  # a request is identified again when it becomes a stream
        return
    environ[NOTED] = True
    limits.take(limits.HEAVY, visitor.person, network)
    path = re.sub(r"[^\x20-\x7e]", "?", environ.get("PATH_INFO", ""))[:PATH_LIMIT]
    with db.transaction(audit.CHANNEL) as tx:
        audit.note(tx, "assistant_request", visitor.person, token=visitor.sign_in,
                   tool=tool if NAME.fullmatch(tool) else "", request=f"{environ.get('REQUEST_METHOD', '')} {path}")


def refuse_socket(visitor: Visitor) -> None:
    """Refuse a connection, on which events would not be noted one by one."""
    if visitor.is_audited:
        raise Refused("error.assistant_over_http", "denied")
