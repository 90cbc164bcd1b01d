"""The tables. ``user_version`` counts the schema's versions."""

from __future__ import annotations

from typing import Final

VERSION: Final = 1

APPLICATION_ID: Final = 0x49554354
"""``IUCT``: tells our files from other programs' SQLite files."""

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
    summary      TEXT NOT NULL DEFAULT '{}' -- as `fetch --json` printed it
)""",
    """
CREATE TABLE pages (
    run          INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    target       INTEGER NOT NULL,          -- index in runs.operations
    page         INTEGER NOT NULL,          -- as the API counts; -1 where it has no pages
    path         TEXT NOT NULL,
    status       INTEGER NOT NULL,
    rows         INTEGER NOT NULL,          -- records in it
    etag         TEXT,
    total_pages  INTEGER,
    total_count  INTEGER,
    body         BLOB NOT NULL,             -- zstd
    PRIMARY KEY (run, target, page)
) WITHOUT ROWID""",
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
