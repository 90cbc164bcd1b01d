"""From older versions of the schema to this one; a copy of the file as it was is kept."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from pathlib import Path

from tui_app.redlist import FIRST_PAGE
from tui_app.redlist.errors import KeepError

from .bodies import body_hash, body_value
from .schema import APPLICATION_ID, BODIES, NOTES, PAGE_INDEXES, PAGES, SCHEMA, SOURCES, VERSION
from .views import VIEWS


def make_tables(sql: sqlite3.Connection) -> None:
    """The tables of a new store."""
    for statement in SCHEMA:
        sql.execute(statement)
    sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def finish(sql: sqlite3.Connection) -> None:
    """The views, and the mark that says that the schema is the newest."""
    for name, statement in VIEWS.items():
        sql.execute(f'DROP VIEW IF EXISTS "{name}"')
        sql.execute(statement)
    sql.execute(f"PRAGMA user_version = {VERSION}")


def keep_a_copy(sql: sqlite3.Connection, path: Path, version: int) -> None:
    """Copy the file beside itself before it changes: ``runs.sqlite3.v1``."""
    copy = path.with_name(f"{path.name}.v{version}")
    if copy.exists():
        return
    # Under another name until it is whole; each program that does it at once has its own.
    opened, part = tempfile.mkstemp(prefix=f"{copy.name}.", suffix=".part", dir=path.parent)
    os.close(opened)
    try:
        sql.execute("VACUUM INTO ?", (part,))
        Path(part).replace(copy)
    except BaseException:
        Path(part).unlink()
        raise


def from_version_3(sql: sqlite3.Connection) -> None:
    """Version 3 had one Red List version for all pages of a run."""
    sql.execute("ALTER TABLE pages ADD COLUMN red_list_version TEXT")
    sql.execute(
        "UPDATE pages SET red_list_version ="
        " (SELECT red_list_version FROM runs WHERE id = pages.run)"
    )


def from_version_2(sql: sqlite3.Connection) -> None:
    """Version 2 had no notes; nothing else changes, so that no copy is needed."""
    sql.execute(NOTES)


def from_version_1(sql: sqlite3.Connection) -> None:
    """Version 1 packed bodies with zstd, each page its own, which no SQL could read.

    Raises:
        KeepError: a body is damaged, or can't be unpacked here.
    """
    try:
        import zstandard
    except ImportError:
        raise KeepError(
            "The store is one of iucn-tui 0.1's first days, packed with zstd. "
            "`pip install zstandard` lets it be read"
        ) from None
    unpack = zstandard.ZstdDecompressor().decompress
    for column in (
        "kind TEXT NOT NULL DEFAULT 'fetch'",
        "origin TEXT NOT NULL DEFAULT ''",
        "red_list_version TEXT",
    ):
        sql.execute(f"ALTER TABLE runs ADD COLUMN {column}")
    sql.execute("UPDATE runs SET kind = 'timed' WHERE comparison IS NOT NULL")
    sql.execute(
        "UPDATE runs SET origin = CASE source WHEN 'demo'"
        " THEN 'demo:' || coalesce(json_extract(settings, '$.seed'), 0) ELSE base_url END"
    )
    sql.execute("ALTER TABLE pages RENAME TO pages_1")
    for statement in (BODIES, PAGES, *PAGE_INDEXES, SOURCES):
        sql.execute(statement)
    old = sql.execute(
        "SELECT p.run, p.target, p.page, p.path, p.status, p.rows, p.etag, p.total_pages,"
        " p.total_count, r.created_utc, r.api, p.body"
        " FROM pages_1 AS p JOIN runs AS r ON r.id = p.run"
    )
    for *values, fetched_utc, api, packed in old:
        try:
            body = unpack(packed)
        except zstandard.ZstdError as error:
            raise KeepError(f"Run {values[0]}'s page {values[3]} is damaged: {error}") from error
        digest = body_hash(body)
        sql.execute(
            "INSERT OR IGNORE INTO bodies (hash, body) VALUES (?, ?)", (digest, body_value(body))
        )
        paged = values[2] >= FIRST_PAGE["v3" if api == "v3" else "v4"]
        rows_key = ("result" if api == "v3" else "assessments") if paged else None
        sql.execute(
            "INSERT INTO pages (run, target, page, path, status, rows, etag, total_pages,"
            " total_count, fetched_utc, rows_key, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM bodies WHERE hash = ?))",
            (*values, fetched_utc, rows_key, digest),
        )
    sql.execute("DROP TABLE pages_1")
