"""What a bad disk makes of a saved body, done with SQL to a store that nobody uses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from tui_app.store.schema import body_hash

OTHER: Final = "SELECT body FROM bodies WHERE id != :id ORDER BY id LIMIT 1"

DAMAGE: Final = {
    "letters": "UPDATE bodies SET body = replace(body, 'a', 'e') WHERE id = :id",
    "no UTF-8": "UPDATE bodies SET body = CAST(CAST(substr(body, 1, 20) AS BLOB) || x'ff'"
    " || CAST(substr(body, 22) AS BLOB) AS TEXT) WHERE id = :id",
    "bytes": "UPDATE bodies SET body = CAST(substr(body, 1, 30) AS BLOB) || x'ff00' WHERE id = :id",
    "cut off": "UPDATE bodies SET body = substr(body, 1, length(body) / 2) WHERE id = :id",
    "empty": "UPDATE bodies SET body = '' WHERE id = :id",
    "zeros": "UPDATE bodies SET body = zeroblob(100) WHERE id = :id",
    "a number": "UPDATE bodies SET body = 5 WHERE id = :id",
    "another page": f"UPDATE bodies SET body = ({OTHER}) WHERE id = :id",
    "its hash": "UPDATE bodies SET hash = zeroblob(16) WHERE id = :id",
    "hash of another type": "UPDATE bodies SET hash = 'none' WHERE id = :id",
    "gone": "DELETE FROM bodies WHERE id = :id",
    "null": "UPDATE bodies SET body = NULL WHERE id = :id",
    "no JSON, its hash right": "UPDATE bodies SET body = :junk, hash = :hash WHERE id = :id",
}
"""Each kind of damage to the body whose id is ``:id``."""

JUNK: Final = '{"assessments":[{"assessment_id":'


def damage(home: Path, kind: str, where: str = "target = 0 AND page = 2") -> None:
    """Damage the body of a saved page.

    Args:
        home: folder of the store.
        kind: one of :data:`DAMAGE`.
        where: which page, in SQL.
    """
    given = {"junk": JUNK, "hash": body_hash(JUNK.encode())}
    with closing(sqlite3.connect(home / "runs.sqlite3")) as sql, sql:
        sql.execute("PRAGMA foreign_keys = OFF")
        ids = sql.execute(f"SELECT DISTINCT body FROM pages WHERE {where}").fetchall()
        assert ids
        if kind == "null":
            _allow_null(sql)
        for (body,) in ids:
            assert sql.execute(DAMAGE[kind], {**given, "id": body}).rowcount == 1


def _allow_null(sql: sqlite3.Connection) -> None:
    sql.execute("PRAGMA writable_schema = ON")
    sql.execute(
        "UPDATE sqlite_master SET sql = replace(sql, 'body         TEXT NOT NULL', 'body TEXT')"
        " WHERE name = 'bodies'"
    )
    sql.execute("PRAGMA writable_schema = RESET")


__all__ = ["DAMAGE", "damage"]
