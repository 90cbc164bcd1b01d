"""From a query and settings to a plan, to what is kept of it, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl

from tui_app.fetch import Plan
from tui_app.methods import load_method
from tui_app.redlist import Api, Query, parse_target
from tui_app.redlist.accounting import InputLine, read_ids, read_names
from tui_app.redlist.rate_limit import NO_WINDOW
from tui_app.settings import COURTEOUS_RATE, Settings, parse_window
from tui_app.settings.servers import is_loopback
from tui_app.store import RunRow, ServerStarts, Store

from .source import Source

PATIENCE_S: Final = 10.0
"""How long the program waits for what it asks for itself: good to know, but no reason to pause."""


def make_plan(
    query: Query, settings: Settings, source: Source, method: str, pages: int | None
) -> Plan:
    """The plan of one run; not known to the store yet.

    Raises:
        UsageError: there is no such method, or it can't be imported.
    """
    load_method(method)  # a run that could not begin is none
    return Plan(
        query=query,
        base_url=source.base_url,
        method=method,
        token=source.token,
        pages=pages,
        concurrency=settings.concurrency,
        rate=settings.effective_rate(),
        window=settings.effective_window(),
        pause_s=settings.pause_s,
        retries=settings.retries,
        backoff_s=settings.backoff_s,
        timeout_s=settings.timeout_s,
        connect_timeout_s=settings.connect_timeout_s,
        seed=settings.seed,
    )


def shared_starts(store: Store, plan: Plan) -> ServerStarts | None:
    """What other runs and programs start at a plan's server; None where nobody limits that."""
    if plan.window is None and is_loopback(plan.base_url):
        return None
    return store.starts(plan.base_url)


def kept_settings(plan: Plan, settings: Settings) -> dict[str, Any]:
    """What it takes to do a plan again. No token."""
    return {
        "pages": plan.pages,
        "concurrency": plan.concurrency,
        "in_flight": plan.in_flight,
        "rate": plan.rate,
        "window": None if plan.window is None else str(plan.window),
        "retries": plan.retries,
        "timeout": plan.timeout_s,
        "connect_timeout": plan.connect_timeout_s,
        "seed": plan.seed,
        "demo_profile": settings.demo_profile,
        "fresh": settings.fresh,
        "first_alone": plan.query.api == "v4" and not plan.known_pages,
        **_kept_query(plan.query),
    }


def _kept_query(query: Query) -> dict[str, Any]:
    """What a query is besides its operations; nothing for most."""
    kept: dict[str, Any] = {}
    if query.details:
        kept["details"] = True
    if query.intersect:
        kept["intersect"] = True
    if query.only:
        kept["only"] = dict(query.only)
    if query.lines:
        texts = [""] * max(line.number for line in query.lines)
        for line in query.lines:
            texts[line.number - 1] = line.text
        kept["lines"] = texts
        kept["lines_hold"] = "names" if holds_names(query) else "ids"
    return kept


def holds_names(query: Query) -> bool:
    """Whether a query's lines are names of species, rather than ids of assessments."""
    found = (line.target.operation for line in query.lines if line.target is not None)
    first = next(found, None)
    return first is None or not first.gives_assessment


def query_of(row: RunRow) -> Query:
    """The query that a kept run carries out."""
    api: Api = "v3" if row.api == "v3" else "v4"
    kept = row.settings
    read = read_ids if kept.get("lines_hold") == "ids" else read_names
    lines = _with_params(read(kept.get("lines", ())), row.operations)
    # A line is read already: reading its operation as well would take four times as long.
    known = {line.target.label: line.target for line in lines if line.target is not None}
    return Query(
        api,
        tuple(known.get(text) or parse_target(text, api) for text in row.operations),
        lines=lines,
        details=bool(kept.get("details")),
        intersect=bool(kept.get("intersect")),
        only=tuple(kept.get("only", {}).items()),
    )


def _with_params(lines: tuple[InputLine, ...], operations: Sequence[str]) -> tuple[InputLine, ...]:
    """Lines with the parameters that all of their requests had besides (``--param``)."""
    first = next((line.target for line in lines if line.target is not None), None)
    if first is None or first.label in operations:
        return lines
    begins = f"{first.label}{'&' if '?' in first.label else '?'}"
    label = next((text for text in operations if text.startswith(begins)), begins)
    params = tuple(parse_qsl(label.removeprefix(begins), keep_blank_values=True))
    return tuple(
        line
        if line.target is None
        else replace(line, target=replace(line.target, params=(*line.target.params, *params)))
        for line in lines
    )


def settings_of(row: RunRow, settings: Settings, **changes: Any) -> Settings:
    """The settings with which a run began, with today's token and folder.

    A pace that is faster than a real host permits isn't among them: a store may be somebody
    else's.

    Args:
        row: the run.
        settings: where the token, the folder and what the run doesn't tell are from.
        changes: other values for some of them; those that are None leave the run's own.
    """
    kept = row.settings
    demo = row.source == "demo"
    rate, window = kept.get("rate"), kept.get("window", "default")
    begun = replace(
        settings,
        source="demo" if demo else "live",
        api="v3" if row.api == "v3" else "v4",
        base_url=None if demo else row.base_url,
        demo_profile=kept.get("demo_profile", settings.demo_profile),
        method=row.method,
        pages=kept.get("pages"),
        concurrency=kept.get("concurrency", settings.concurrency),
        rate=float("inf") if rate is None else rate,
        window=NO_WINDOW if window is None else parse_window(window),
        retries=kept.get("retries", settings.retries),
        timeout_s=kept.get("timeout", settings.timeout_s),
        connect_timeout_s=kept.get("connect_timeout", settings.connect_timeout_s),
        seed=kept.get("seed", settings.seed),
        fresh=bool(kept.get("fresh")),
    )
    if begun.hasty:  # going faster than the API permits is asked for each time
        fast = (begun.effective_rate() or math.inf) > COURTEOUS_RATE
        begun = replace(begun, rate=None if fast else begun.rate, window=None)
    return replace(begun, **{name: one for name, one in changes.items() if one is not None})
