"""How figures and foreign text are written: plain strings, the same in every panel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from tui_app.redlist import text
from tui_app.redlist.rate_limit import Window
from tui_app.redlist.text import visible

NOTHING: Final = "–"
"""Stands where there is no figure yet."""


def clean(text: str) -> str:
    """Text from elsewhere, safe to draw: white space becomes a blank, control characters ``�``."""
    return visible(text, None)


def fit(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells, with an ellipsis where something had to go."""
    if len(text) > width:
        text = text[: max(0, width - 1)] + "…" * (width > 0)
    return text.ljust(width)


def seconds(value: float | None) -> str:
    """``0.4 ms``, ``0.61 s``, ``12.3 s``, ``345 s``."""
    return NOTHING if value is None else text.timespan(value)


def seconds_cell(value: float | None, decimals: int = 2) -> str:
    """``0.0004``, ``0.61``, ``12.3``, ``345``: the unit stands in the heading."""
    return NOTHING if value is None else text.seconds_figure(value, decimals)


def milliseconds(value: float | None) -> str:
    """``0.04``, ``3.2``, ``312``, ``12,300``: the unit stands in the heading."""
    return NOTHING if value is None else text.ms_figure(value)


def rate(value: float | None) -> str:
    """Requests a second."""
    if value is None:
        return NOTHING
    return f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def count(value: int) -> str:
    """``1,000``."""
    return f"{value:,}"


def size(size_bytes: int) -> str:
    """``812 B``, ``132 kB``, ``3.1 MB``."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    power = 1 + (size_bytes >= 999_500) + (size_bytes >= 999_500_000)
    value, unit = size_bytes / 1000**power, " kMG"[power]
    return f"{value:.1f} {unit}B" if value < 9.95 else f"{value:,.0f} {unit}B"


def clock(value_s: float) -> str:
    """``00:12``, ``1:02:03``."""
    minutes, second = divmod(int(value_s), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute:02}:{second:02}"


def local(utc: str) -> str:
    """A time of the store as it is here: ``2026-11-27 10:13``; what is none stays as it is."""
    try:
        at = datetime.fromisoformat(utc)
    except ValueError:
        return utc
    return f"{(at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone():%Y-%m-%d %H:%M}"


def pace(rate_per_s: float | None, window: Window | str | None = None) -> str:
    """``rate limit off``, ``rate limit 2/s`` or ``rate limit 2/s, 90/120 s``."""
    parts = [] if rate_per_s is None else [f"{rate_per_s:g}/s"]
    parts += [] if window is None else [f"{window} s"]
    return f"rate limit {', '.join(parts) or 'off'}"
