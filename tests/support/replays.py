"""What the tests of replays share."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tui_app.redlist import make_query
from tui_app.runs import Comparison, Service
from tui_app.settings import Settings
from tui_app.store import Store

VATICAN: Final = "countries/VA"
"""Five pages of the demo server."""
CROCODILES: Final = "taxa/order/Crocodylia"
"""Two pages."""


def fetched(service: Service, settings: Settings, *asked: str, **more: Any) -> str:
    """Fetch, and give the run's id."""
    return service.fetch(make_query(asked or [VATICAN], settings.api, **more), settings).run


def replayed(service: Service, run: str, settings: Settings, **more: Any) -> Comparison:
    """Replay with each method once, at all pages unless told otherwise."""
    given = {"page_counts": (99,), "repeats": 1, "warmup": 0, **more}
    return service.compare(service.replayable(run), replace(settings, **given))


def change(home: Path, *statements: str) -> None:
    """Change a store behind its service's back."""
    with closing(sqlite3.connect(home / "runs.sqlite3", isolation_level=None)) as sql:
        for statement in statements:
            sql.execute(statement)


def read(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a store, read past its service."""
    with closing(sqlite3.connect(home / "runs.sqlite3")) as sql:
        return sql.execute(query).fetchall()


def bodies(service: Service, run: str) -> dict[str, bytes]:
    """A run's bodies by what was asked."""
    with closing(Store(service.settings.home)) as store:
        return {page.path: store.body(run, page) for page in store.pages(run)}


def exported(service: Service, run: str) -> bytes:
    """A run as CSV."""
    service.export(run, csv=Path("a.csv"))
    return Path("a.csv").read_bytes()
