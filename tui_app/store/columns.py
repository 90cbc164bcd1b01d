"""Rows between SQL and values: the columns, and how each becomes the other."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

import msgspec

from tui_app.redlist.errors import KeepError

from .rows import AttemptRow, ComparisonRow, PageRow, RunRow, RunState


class DamagedRun(KeepError):
    """A run whose row can't be read; the other runs can."""


NO_PAGE: Final = -1
DETAILS: Final = -1
"""A page's target where it is the full assessment of a row; its number is the assessment's id."""

RUN_COLUMNS: Final = (
    "id, created_utc, source, api, base_url, method, label, operations, settings, state, pid,"
    " (SELECT count(*) FROM pages WHERE run = runs.id AND target >= 0),"
    " (SELECT coalesce(sum(rows), 0) FROM pages WHERE run = runs.id AND target >= 0),"
    " comparison, summary, origin, red_list_version,"
    " coalesce((SELECT name FROM notes WHERE run = runs.id), ''),"
    " coalesce((SELECT note FROM notes WHERE run = runs.id), '')"
)
NOT_DELETED: Final = "id NOT IN (SELECT run FROM notes WHERE deleted_utc IS NOT NULL)"
ATTEMPT_FIELDS: Final = AttemptRow.__struct_fields__
ATTEMPT_VALUES: Final = attrgetter(*ATTEMPT_FIELDS)
ATTEMPT_COLUMNS: Final = ", ".join(ATTEMPT_FIELDS)
ATTEMPT_MARKS: Final = ", ".join("?" for _ in ATTEMPT_FIELDS)
PAGE_COLUMNS: Final = (
    "target, page, path, status, rows, etag, total_pages, total_count, rows_key, fetched_utc,"
    " red_list_version, body"
)


def attempt_row(row: tuple[Any, ...]) -> AttemptRow:
    """An attempt, from its columns."""
    values = dict(zip(ATTEMPT_FIELDS, row, strict=True))
    return AttemptRow(**{**values, "final": bool(values["final"])})


def run_row(row: tuple[Any, ...]) -> RunRow:
    """A run, from its columns.

    Raises:
        DamagedRun: a column holds what it can't.
    """
    try:
        operations = msgspec.json.decode(row[7], type=tuple[str, ...])
        settings = msgspec.json.decode(row[8], type=dict[str, Any])
        summary = msgspec.json.decode(row[14], type=dict[str, Any])
        state = RunState(row[9])
        msgspec.convert(row[1:7], type=tuple[str, str, str, str, str, str])
    except (msgspec.MsgspecError, ValueError, TypeError) as error:
        raise DamagedRun(
            f"Run {row[0]} is damaged in the store, and can't be read. Other runs can."
        ) from error
    if "operations" in summary:  # written once
        summary["operations"] = operations
    return RunRow(
        run=str(row[0]),
        created_utc=row[1],
        source=row[2],
        api=row[3],
        base_url=row[4],
        method=row[5],
        label=row[6],
        operations=operations,
        settings=settings,
        state=state,
        pid=row[10],
        pages=row[11],
        records=row[12],
        comparison=row[13],
        summary=summary,
        origin=row[15],
        red_list_version=row[16],
        name=row[17],
        note=row[18],
    )


def comparison_row(row: tuple[Any, ...]) -> ComparisonRow:
    """A comparison, from its columns."""
    number, created_utc, label, result = row
    return ComparisonRow(str(number), created_utc, label, msgspec.json.decode(result))


def page_row(row: tuple[Any, ...]) -> PageRow:
    """A page without its body, from its columns."""
    target, page, path, status, rows, etag, pages, count, rows_key, fetched_utc, version, body = row
    number = None if page == NO_PAGE else page
    return PageRow(
        target,
        number,
        path,
        status,
        rows,
        etag,
        pages,
        count,
        b"",
        rows_key,
        fetched_utc,
        body,
        version,
    )


def page_values(page: PageRow, now: str) -> tuple[Any, ...]:
    """A page's columns but the last, which is its body's id."""
    return (
        page.target,
        NO_PAGE if page.page is None else page.page,
        page.path,
        page.status,
        page.rows,
        page.etag,
        page.total_pages,
        page.total_count,
        page.rows_key,
        page.fetched_utc or now,
        page.red_list_version,
    )
