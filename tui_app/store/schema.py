"""The tables, and the views on them for people who ask the store in SQL.

``user_version`` counts the schema's versions; those before :data:`VERSION` were never released.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import StoreFault

from .sqlite import store_error

VERSION: Final = 4

APPLICATION_ID: Final = 0x49554354
"""``IUCT``: tells our files from other programs' SQLite files."""

STEPS: Final[Mapping[int, tuple[str, ...]]] = {}
"""By released version, the statements that lead from it to the next: none yet."""

OLDEST: Final = min(STEPS, default=VERSION)
"""The oldest version that can be read."""

TABLES: Final[dict[str, str]] = {
    "comparisons": """
    id           INTEGER PRIMARY KEY,
    created_utc  TEXT NOT NULL,
    label        TEXT NOT NULL,
    result       TEXT NOT NULL DEFAULT '{}' -- as `compare --json` printed it
""",
    "runs": """
    id           INTEGER PRIMARY KEY,
    created_utc  TEXT NOT NULL,             -- when it began, ISO 8601
    source       TEXT NOT NULL,             -- demo, live
    api          TEXT NOT NULL,             -- v4, v3
    base_url     TEXT NOT NULL,
    method       TEXT NOT NULL,
    label        TEXT NOT NULL,             -- the operations in words
    operations   TEXT NOT NULL,             -- a JSON list, as requested
    settings     TEXT NOT NULL,             -- a JSON object; never a token
    state        TEXT NOT NULL,             -- running, complete, partial, stopped, failed
    pid          INTEGER NOT NULL,
    comparison   INTEGER REFERENCES comparisons(id) ON DELETE CASCADE,
    summary      TEXT NOT NULL DEFAULT '{}', -- as `fetch --json` printed it
    kind         TEXT NOT NULL DEFAULT 'fetch', -- fetch, timed (of a comparison), lookup
    origin       TEXT NOT NULL DEFAULT '',  -- whose data: the server's root, or demo and its seed
    red_list_version TEXT                   -- NULL where the server did not say
""",
    "notes": """
    run          INTEGER PRIMARY KEY,       -- no reference: no id of a deleted run is used again
    name         TEXT NOT NULL DEFAULT '',  -- given by the user
    note         TEXT NOT NULL DEFAULT '',
    deleted_utc  TEXT                       -- when it was deleted; it is forgotten later
""",
    "bodies": """
    id           INTEGER PRIMARY KEY,
    hash         BLOB NOT NULL UNIQUE,      -- of the body: each is saved once
    body         TEXT NOT NULL              -- the JSON as it came; a BLOB where it is not UTF-8
""",
    "pages": """
    run          INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    target       INTEGER NOT NULL,          -- index in runs.operations; -1: a row's details
    page         INTEGER NOT NULL,          -- as the API counts; -1: no pages; details: the id
    path         TEXT NOT NULL,
    status       INTEGER NOT NULL,          -- 304: the cached one was still the newest
    rows         INTEGER NOT NULL,          -- records in it
    rows_key     TEXT,                      -- where they are; NULL where the body is the record
    etag         TEXT,
    total_pages  INTEGER,
    total_count  INTEGER,
    fetched_utc  TEXT NOT NULL,             -- when the server last vouched for it
    red_list_version TEXT,                  -- the server's when it did; NULL: not known
    body         INTEGER NOT NULL REFERENCES bodies(id),
    PRIMARY KEY (run, target, page)
""",
    "attempts": """
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
""",
    "sources": """
    origin       TEXT PRIMARY KEY,          -- as in runs
    red_list_version TEXT,
    asked_utc    TEXT NOT NULL
""",
}

INDEXES: Final = (
    "CREATE INDEX pages_of_path ON pages (path, fetched_utc)",
    "CREATE INDEX pages_of_body ON pages (body)",
    "CREATE INDEX attempts_of_run ON attempts (run, request, attempt)",
)


def body_hash(body: bytes) -> bytes:
    """What tells one body from another."""
    return blake2b(body, digest_size=16).digest()


def version_of(sql: sqlite3.Connection, path: Path) -> int:
    """The version of a store's schema; 0 where it is empty.

    Raises:
        KeepError: it is no store of ours, or of a version that can't be read.
    """
    found, application, tables = sql.execute(
        "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)"
        " FROM pragma_user_version, pragma_application_id"
    ).fetchone()
    if application != APPLICATION_ID and (found or application or tables):
        raise store_error(path, StoreFault.NOT_A_STORE)
    check_version(found, path)
    return int(found)


def check_version(version: int, path: Path) -> None:
    """Raise a KeepError where a store's version, which is 0 if it is empty, can't be read."""
    made = "it was made by a"
    if version > VERSION:
        made = f"{made} newer iucn-tui (schema {version}, not {VERSION})"
        raise store_error(path, StoreFault.NEWER, made)
    if version and version < OLDEST:
        made = f"{made} version of iucn-tui before its first release (schema {version}, not"
        raise store_error(path, StoreFault.OLDER, f"{made} {VERSION}), and can't be read")


def bring_up_to_date(sql: sqlite3.Connection, found: int) -> None:
    """Make the tables of a new store (``found`` 0), or lead an older one to this version."""
    if not found:
        for name, columns in TABLES.items():
            option = " WITHOUT ROWID" if name == "pages" else ""
            sql.execute(f"CREATE TABLE {name} ({columns}){option}")
        for statement in INDEXES:
            sql.execute(statement)
        sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for version in range(found or VERSION, VERSION):
        for statement in STEPS[version]:
            sql.execute(statement)
    for name, statement in VIEWS.items():
        sql.execute(f'DROP VIEW IF EXISTS "{name}"')
        sql.execute(statement)
    sql.execute(f"PRAGMA user_version = {VERSION}")


# -- views: rows out of the saved JSON, under the API's names; they store nothing ------------

_RECORD_FIELDS: Final = (
    "assessment_id", "sis_taxon_id", "taxon_scientific_name", "red_list_category_code",
    "year_published", "assessment_date", "latest", "criteria", "possibly_extinct",
    "possibly_extinct_in_the_wild", "url", "code",
)  # fmt: skip

_ASSESSMENT_FIELDS: Final = (
    "assessment_id", "sis_taxon_id", "taxon.scientific_name", "taxon.kingdom_name",
    "taxon.phylum_name", "taxon.class_name", "taxon.order_name", "taxon.family_name",
    "taxon.genus_name", "taxon.species_name", "taxon.infra_name", "taxon.subpopulation_name",
    "taxon.authority", "red_list_category.code", "criteria", "population_trend.code",
    "year_published", "assessment_date", "latest", "possibly_extinct",
    "possibly_extinct_in_the_wild", "citation", "url",
)  # fmt: skip
"""What is taken from a full assessment; its columns are named as the fields, a code after what it
is the code of."""

LISTS: Final[dict[str, tuple[str, ...]]] = {
    "habitats": ("majorImportance", "season", "suitability"),
    "threats": ("timing", "scope", "severity", "score", "internationalTrade", "virus", "ias"),
    "locations": ("origin", "presence", "seasonality", "is_endemic", "formerlyBred"),
    **dict.fromkeys(("conservation_actions", "researches"), ("note",)),
    "use_and_trade": ("international", "national", "subsistence", "other"),
    **dict.fromkeys(("stresses", "systems", "scopes", "biogeographical_realms"), ()),
    **dict.fromkeys(("growth_forms", "faos", "lmes"), ()),
    "credits": ("credit_type_name", "full", "value"),
    "references": ("citation", "year", "title", "author", "citation_short"),
    "errata": ("reason",),
}
"""Lists of a full assessment, each a view, with fields beside ``code`` and ``description``."""

# What SQLite can't read as JSON (nested too deeply, not UTF-8) has no rows, rather than making
# the whole query fail.
_BODY: Final = "CASE WHEN typeof(b.body) = 'text' AND json_valid(b.body) THEN b.body END"


def _field(source: str, path: str) -> str:
    """A column of a JSON object's field; of a time its day."""
    head, _, last = path.rpartition(".")
    name = f"{head}_code" if last == "code" and head else last
    found = f"json_extract({source}, '$.{path}')"
    return (
        f"substr({found}, 1, 10) AS {name}" if name == "assessment_date" else f"{found} AS {name}"
    )


def _records() -> str:
    item = "CASE WHEN e.type = 'object' THEN e.value END"
    fields = {name: _field(item, name) for name in _RECORD_FIELDS}
    # assessment_search answers with ids alone.
    fields["assessment_id"] = (
        f"coalesce(json_extract({item}, '$.assessment_id'),"
        " CASE WHEN e.type = 'integer' THEN e.value END) AS assessment_id"
    )
    listed = ", ".join(fields.values())
    whole = ", ".join(_field("p.body", name) for name in _RECORD_FIELDS)
    start = "run, operation, page"
    return f"""
CREATE VIEW records AS
WITH p AS (
    SELECT p.run, json_extract(r.operations, '$[' || p.target || ']') AS operation, p.page,
           p.rows_key, {_BODY} AS body
    FROM pages AS p JOIN runs AS r ON r.id = p.run JOIN bodies AS b ON b.id = p.body
    WHERE p.target >= 0
)
SELECT {start}, e.key + 1 AS row, {listed}, e.value AS record
FROM p, json_each(p.body, '$.' || p.rows_key) AS e
WHERE p.rows_key IS NOT NULL AND e.type <> 'null'
UNION ALL
SELECT {start}, 1, {whole}, p.body FROM p WHERE p.rows_key IS NULL AND p.body IS NOT NULL"""  # noqa: S608


def _assessments() -> str:
    fields = ", ".join(_field("body", path) for path in _ASSESSMENT_FIELDS)
    return f"""
CREATE VIEW assessments AS
WITH p AS (
    SELECT p.run, {_BODY} AS body FROM pages AS p JOIN bodies AS b ON b.id = p.body
    WHERE p.path LIKE '/api/v4/assessment/%'
)
SELECT run, {fields}, body AS assessment FROM p WHERE body IS NOT NULL"""  # noqa: S608


def _list(name: str, fields: tuple[str, ...]) -> str:
    item = "CASE WHEN e.type = 'object' THEN e.value END"
    coded = [] if name in ("credits", "references", "errata") else [_field(item, "code")]
    if coded:
        coded.append(f"json_extract({item}, '$.description.en') AS description")
    columns = "".join(f"{one}, " for one in (*coded, *(_field(item, field) for field in fields)))
    return f"""
CREATE VIEW "{name}" AS
SELECT a.run, a.assessment_id, a.sis_taxon_id, a.scientific_name, e.key + 1 AS item,
       {columns}e.value AS record
FROM assessments AS a, json_each(a.assessment, '$.{name}') AS e
WHERE e.type <> 'null'"""  # noqa: S608


_REQUESTS: Final = """
CREATE VIEW requests AS
SELECT a.run, a.request, a.label, CASE WHEN a.kind = '' THEN 'ok' ELSE a.kind END AS outcome,
       a.status, max(a.attempt) AS attempts, a.rows AS records, a.size_bytes AS bytes,
       a.started AS started_s, a.body AS ended_s,
       round((a.body - a.started) * 1000, 3) AS total_ms,
       round(a.server_s * 1000, 3) AS server_ms, a.message
FROM attempts AS a GROUP BY a.run, a.request"""  # SQLite: the other columns are of max()'s row

VIEWS: Final[dict[str, str]] = {
    "records": _records(),
    "requests": _REQUESTS,
    "assessments": _assessments(),
    **{name: _list(name, fields) for name, fields in LISTS.items()},
}
"""Each view's name and the statement that makes it."""
