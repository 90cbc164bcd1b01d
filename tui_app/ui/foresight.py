"""What an order would take, by what is kept: a sentence for the form. No widgets here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import text
from .order import Order
from .service import ServiceHolder

if TYPE_CHECKING:
    from tui_app.compare import Forecast
    from tui_app.fetch import Cancel


def foretell(service: ServiceHolder, order: Order, home: Path, cancel: Cancel) -> str:
    """What an order would take: ``About 40 s for 78 requests by asyncio (from 40 kept answers).``.

    Blocks; asks nobody for anything, and makes no store where there is none.

    Args:
        service: what knows.
        order: what would be done.
        home: where runs are kept.
        cancel: stops it.

    Returns:
        Nothing where too little is known.

    Raises:
        RedListError: the store can't be read.
    """
    from tui_app.store import FILE_NAME

    if not (home / FILE_NAME).exists():
        return ""
    from tui_app.compare import duration

    known = service.get()
    if order.kind == "compare":
        total = known.forecast_comparison(order.query, order.settings, cancel=cancel)
        if total is None:
            return ""
        runs = text.plural(total.runs, "run")
        return f"About {duration(total.seconds)} for {runs} ({total.basis.in_words()})."
    found = known.forecast(order.query, order.settings, cancel=cancel, ask=False, only_own=True)
    return "" if found is None else in_short(found)


def in_short(found: Forecast) -> str:
    """A forecast of a fetch in a sentence."""
    from tui_app.compare import duration

    row = found.own
    if row is None:
        return "Nothing is left to ask for: all of it is kept."
    return (
        f"About {duration(row.seconds)} for {found.work_in_words()} by {row.method} "
        f"({found.basis.in_words()})."
    )
