"""The way from SQLite to PostgreSQL, for a server that grew beyond one process."""

import re

from hubbub.chat import search
from hubbub.config import Config
from hubbub.core import db
from hubbub.core.db import copies, move
from hubbub.core.db.copies import Progress
from hubbub.core.db.engine import Unusable
from hubbub.core.db.move import Moved

DERIVED = {("searchable", "lexemes"): lambda row: search.lexemes(row["words"])}


def to_postgres(config: Config, url: str, progress: Progress) -> Moved:
    """Copy the SQLite database of a stopped server to an empty PostgreSQL database; `Unusable` says why not."""
    if not re.match("postgres(ql)?://", url):
        raise Unusable("the address must look like postgresql://user:password@host/name")
    if not (config.data / copies.DATABASE).exists():
        raise Unusable(f"there is no {copies.DATABASE} in {config.data}: set the right folder with --data")
    try:
        with db.claimed(config.data):
            return move.move(config.data, url, DERIVED, progress)
    except Unusable as problem:
        why = str(problem).replace("of HUBBUB_DATABASE_URL", "at that address")
        raise Unusable(f"{why}: stop it first" if why.startswith("another Hubbub already runs") else why) from problem
