"""Brings the database up to date: numbered SQL, forward only, each file in one transaction with its record."""

import time
from importlib import resources

from hubbub.core.db.engine import Engine, Lost

RECORD = "create table migration (number bigint primary key, name text not null, at double precision not null)"


def steps(dialect: str) -> list[tuple[int, str, str]]:
    """All migrations of a database in order: (number, name, SQL with `{token}`s for types that differ)."""
    files = [file for file in resources.files("hubbub.core.migrations").iterdir()
             if file.name.endswith(".sql") and file.name.split(".")[1] in ("sql", dialect)]
    return sorted((int(file.name[:4]), file.name, file.read_text()) for file in files)


def run(engine: Engine, up_to: int = 2**31) -> None:
    """Apply what is missing, after a copy was put aside; `Lost` if the database was made by a newer Hubbub.

    A newer one is left untouched.
    """
    done = {number for number, in engine.read("select number from migration", {})} if _begun(engine) else set()
    known = steps(engine.dialect)
    if newer := done - {number for number, _, _ in known}:
        raise Lost(f"this database was made by a newer Hubbub (migration {max(newer)}): update Hubbub to open it")
    missing = [step for step in known if step[0] not in done and step[0] <= up_to]
    if done and missing:
        engine.put_aside(f"before-{missing[0][0]:04}")
    for number, name, sql in missing:
        _apply(engine, number, name, sql)


def _begun(engine: Engine) -> bool:
    return "migration" in engine.tables()


def _apply(engine: Engine, number: int, name: str, sql: str) -> None:
    for token, words in engine.types.items():
        sql = sql.replace(f"{{{token}}}", words)
    engine.begin()
    try:
        if not _begun(engine):
            engine.script(RECORD)
        engine.script(sql)
        engine.execute("insert into migration (number, name, at) values (:number, :name, :at)",
                       {"number": number, "name": name, "at": time.time()})
        engine.commit()
    except Exception as error:
        engine.rollback()
        raise Lost(f"the database could not be updated ({name}), and is as it was: {error}") from error
