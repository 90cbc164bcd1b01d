"""The tables. ``user_version`` counts the schema's versions."""

from __future__ import annotations

from typing import Final

VERSION: Final = 4

APPLICATION_ID: Final = 0x49554354
"""``IUCT``: tells our files from other programs' SQLite files."""

BODIES: Final = """
CREATE TABLE bodies (
    id           INTEGER PRIMARY KEY,
    hash         BLOB NOT NULL UNIQUE,      -- of the body: the same one is kept once
    body         TEXT NOT NULL              -- the JSON as it came; a BLOB where it is not UTF-8
)"""

PAGES: Final = """
CREATE TABLE pages (
    run          INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    target       INTEGER NOT NULL,          -- index in runs.operations; -1: a row's details
    page         INTEGER NOT NULL,          -- as the API counts; -1: no pages; details: the id
    path         TEXT NOT NULL,
    status       INTEGER NOT NULL,          -- 304: asked about, and the kept one was the newest
    rows         INTEGER NOT NULL,          -- records in it
    rows_key     TEXT,                      -- where they are; NULL where the body is the record
    etag         TEXT,
    total_pages  INTEGER,
    total_count  INTEGER,
    fetched_utc  TEXT NOT NULL,             -- when the server last vouched for it
    red_list_version TEXT,                  -- the server's when it did; NULL: not known
    body         INTEGER NOT NULL REFERENCES bodies(id),
    PRIMARY KEY (run, target, page)
) WITHOUT ROWID"""

PAGE_INDEXES: Final = (
    "CREATE INDEX pages_of_path ON pages (path, fetched_utc)",
    "CREATE INDEX pages_of_body ON pages (body)",
)

SOURCES: Final = """
CREATE TABLE sources (
    origin       TEXT PRIMARY KEY,          -- as in runs
    red_list_version TEXT,
    asked_utc    TEXT NOT NULL
)"""

NOTES: Final = """
CREATE TABLE notes (
    run          INTEGER PRIMARY KEY,       -- no reference: that of a run that is gone stays
    name         TEXT NOT NULL DEFAULT '',  -- what its user calls it
    note         TEXT NOT NULL DEFAULT '',
    deleted_utc  TEXT                       -- when it was deleted; it is forgotten later
)"""
"""What a user says of runs; and which ids have been used, so that none is used again."""

SCHEMA: Final = (
    """
CREATE TABLE runs (
    id           INTEGER PRIMARY KEY,
    created_utc  TEXT NOT NULL,             -- when it began, ISO 8601
    source       TEXT NOT NULL,             -- demo, live
    api          TEXT NOT NULL,             -- v4, v3
    base_url     TEXT NOT NULL,
    method       TEXT NOT NULL,
    label        TEXT NOT NULL,             -- the operations in words
    operations   TEXT NOT NULL,             -- a JSON list, as asked for
    settings     TEXT NOT NULL,             -- a JSON object; never a token
    state        TEXT NOT NULL,             -- running, complete, partial, stopped, failed
    pid          INTEGER NOT NULL,
    comparison   INTEGER REFERENCES comparisons(id) ON DELETE CASCADE,
    summary      TEXT NOT NULL DEFAULT '{}', -- as `fetch --json` printed it
    kind         TEXT NOT NULL DEFAULT 'fetch', -- fetch, timed (of a comparison), lookup
    origin       TEXT NOT NULL DEFAULT '',  -- whose data: the server's root, or demo and its seed
    red_list_version TEXT                   -- NULL where the server did not say
)""",
    BODIES,
    PAGES,
    *PAGE_INDEXES,
    SOURCES,
    NOTES,
    """
CREATE TABLE attempts (
    run          INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    request      INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,
    target       INTEGER NOT NULL,
    page         INTEGER,
    label        TEXT NOT NULL,
    status       INTEGER,
    kind         TEXT NOT NULL,             -- '' where it succeeded
    message      TEXT NOT NULL,
    final        INTEGER NOT NULL,
    size_bytes   INTEGER NOT NULL,
    rows         INTEGER NOT NULL,
    server_s     REAL,                      -- the server's own x-runtime
    pace_wait_s  REAL NOT NULL,
    queued REAL, started REAL, dns REAL, connected REAL, sent REAL,
    headers REAL, body REAL, decoded REAL   -- seconds since the run began
)""",
    """
CREATE INDEX attempts_of_run ON attempts (run, request, attempt)""",
    """
CREATE TABLE comparisons (
    id           INTEGER PRIMARY KEY,
    created_utc  TEXT NOT NULL,
    label        TEXT NOT NULL,
    result       TEXT NOT NULL DEFAULT '{}' -- as `compare --json` printed it
)""",
)

"""The tables as they are now. The views on them are in :mod:`tui_app.store.views`."""

_FIRST: Final = frozenset({"runs", "pages", "attempts", "comparisons"})

TABLES: Final[dict[int, frozenset[str]]] = {
    0: _FIRST,
    1: _FIRST,
    2: _FIRST | {"bodies", "sources"},
    3: _FIRST | {"bodies", "sources", "notes"},
    4: _FIRST | {"bodies", "sources", "notes"},
}
"""What a store of each version has."""
