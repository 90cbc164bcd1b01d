"""Runs of given rows, put into a store as a fetch saves them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tui_app.store import NewRun, PageRow, RunState, Store


def assessed(
    taxon: int, category: str | None, scope: str = "Global", **more: Any
) -> dict[str, Any]:
    """A row of a v4 list about an invented taxon."""
    return {
        "year_published": "2020",
        "latest": True,
        "possibly_extinct": False,
        "possibly_extinct_in_the_wild": False,
        "sis_taxon_id": taxon,
        "criteria": None,
        "taxon_scientific_name": f"Inventa exemplaris{taxon}",
        "red_list_category_code": category,
        "assessment_id": 1000 + taxon,
        "scopes": [{"description": {"en": scope}, "code": "1" if scope == "Global" else "2"}],
        **more,
    }


def keep_rows(
    store: Store,
    rows: Sequence[dict[str, Any] | int],
    operation: str = "countries/MG",
    *,
    key: str = "assessments",
    api: str = "v4",
    version: str | None = None,
    source: str = "live",
    state: RunState = RunState.COMPLETE,
    page_rows: int = 100,
    settings: dict[str, Any] | None = None,
    also: Sequence[str] = (),
) -> str:
    """Save these rows as a run that has ended; gives its id. Of ``also`` it has no rows."""
    operations = (operation, *also)
    label = ", ".join(operations)
    new = NewRun(source, api, "http://h", "asyncio", label, operations, settings or {})
    run = store.begin(new)
    for number, start in enumerate(range(0, len(rows), page_rows), 1):
        some = rows[start : start + page_rows]
        body = msgspec.json.encode({key: some})
        path = f"/api/{api}/{operation}?page={number}"
        page = PageRow(0, number, path, 200, len(some), None, None, None, body, key)
        store.keep(run, [(page, None)])
    if version is not None:
        store.set_version(run, version)
    store.end(run, state, {"repeated": 0})
    return run
