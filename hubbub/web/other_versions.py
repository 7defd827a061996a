"""The files of pages of other versions: while a cluster is updated, a page of one node may ask another for its modules.

Each node stores the files of its version in the database when it starts, before any page can name them, so nodes of
older and of newer versions have them.  A server without other nodes stores nothing: there, an older page must reload.
"""

import base64
import gzip
import re
from collections.abc import Mapping

import msgspec

from hubbub.core import bus, db, node

KEPT = 3  # versions
VERSION = re.compile("[0-9a-f]{12}")


class Versions:
    """The files of other versions that this node was asked for, each under gzip in base64, by version and name."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, str]] = {}


state = node.state(Versions)


def keep(version: str, files: Mapping[str, bytes]) -> None:
    """Store the files of this node's version, and delete those of old versions."""
    if bus.is_alone():
        return
    known = db.execute("select 1 from page_version where version = :version", version=version)
    packed = {} if known else pack(files)
    with db.transaction() as tx:
        if packed:
            tx.execute("insert into page_version (version, files, at) values (:version, :files, 0) "
                       "on conflict (version) do nothing", version=version, files=msgspec.json.encode(packed).decode())
        tx.execute("update page_version set at = :now where version = :version", now=node.now(), version=version)
        tx.execute("delete from page_version where at < (select min(at) from (select at from page_version "
                   "order by at desc limit :kept) as newest)", kept=KEPT)


def pack(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return files as they are stored (85 ms)."""
    return {name: base64.b64encode(gzip.compress(data, mtime=0)).decode() for name, data in files.items()}


def find(version: str, name: str) -> bytes | None:
    """Return a file of another version, or None if it is not known."""
    known = state().files
    if version not in known and VERSION.fullmatch(version) and not bus.is_alone():
        for files, in db.execute("select files from page_version where version = :version", version=version):
            known[version] = msgspec.json.decode(files, type=dict[str, str])
            while len(known) > KEPT:
                del known[next(iter(known))]
    packed = known.get(version, {}).get(name)
    return None if packed is None else gzip.decompress(base64.b64decode(packed))
