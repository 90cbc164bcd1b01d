"""What each field of the form is for."""

from __future__ import annotations

from typing import Final

TOOLTIPS: Final = {
    "action": "What F5 does: time the ticked methods against each other, or fetch once.",
    "source": "The embedded demo server with synthetic data, or the real Red List.",
    "add-token": "Where a token is free; it is tried, then kept (Ctrl+S).",
    "profile": "The demo server's delays and faults.",
    "api": "v4 answers today; v3 is retired, and the comparison was first described on it.",
    "operation": "The API's own path, or several: a + b. → completes it, ↓ lists all there are.",
    "pick": "All operations and their codes, to search (Ctrl+L).",
    "several": "Union: what any of the operations lists. Intersect: only what all of them list.",
    "open-filters": "Latest, scope, year, possibly extinct: as far as the operations take them.",
    "details": "Fetch every row's full assessment too: a request a row.",
    "fresh": "Ask again for what is kept. Ticked for the demo, not for a live server.",
    "page_counts": "How many pages to compare at: whole numbers with commas between them.",
    "pages": "How many pages to fetch at most, or all.",
    "repeats": "How often each run is timed; the chart shows medians.",
    "concurrency": "Requests in flight at most. Sequential has one.",
    "rate": "Requests started a second over the whole run, or off.",
    "window": "N/S: at most N requests started in any S seconds, or off. Other runs count too.",
    "retries": "Attempts after the first.",
    "timeout": "Seconds for one attempt.",
}
