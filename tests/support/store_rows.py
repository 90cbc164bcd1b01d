"""Rows that tests put into a store."""

from __future__ import annotations

from typing import Final

from tui_app.store import AttemptRow, NewRun, PageRow

NEW: Final = NewRun(
    "demo", "v4", "http://h", "threads", "a, b", ("a", "b"), {"pages": 3, "rate": None}
)


def page(number: int | None, body: bytes = b"{}", target: int = 0, rows: int = 2) -> PageRow:
    """A page of a run."""
    return PageRow(target, number, f"/p/{number}", 200, rows, 'W/"e"', 3, 5, body)


def attempt(request: int, number: int = 1, **more: object) -> AttemptRow:
    """An attempt that brought a page, unless ``more`` says otherwise."""
    values = {
        "request": request,
        "attempt": number,
        "target": 0,
        "page": request + 1,
        "label": f"a page {request + 1}",
        "status": 200,
        "kind": "",
        "message": "",
        "final": True,
        "size_bytes": 7,
        "rows": 2,
        "server_s": 0.25,
        "pace_wait_s": 0.0,
        **dict.fromkeys(("queued", "started", "dns", "connected", "sent", "headers"), 0.5),
        **dict.fromkeys(("body", "decoded"), 1.5),
    }
    return AttemptRow(**{**values, **more})


__all__ = ["NEW", "attempt", "page"]
