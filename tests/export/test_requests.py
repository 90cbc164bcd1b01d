"""The requests CSV: one row a request, whose phases add up."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.support.store_rows import attempt
from tui_app.export.requests_file import REQUEST_COLUMNS, write_requests
from tui_app.store import AttemptRow

OUT = Path("requests.csv")

PHASES = {
    "queued": 0.0,
    "started": 1.0,
    "dns": 1.001,
    "connected": 1.003,
    "sent": 1.004,
    "headers": 1.204,
    "body": 1.304,
    "decoded": 1.305,
}


def rows_of(*attempts: AttemptRow) -> list[dict[str, str]]:
    done = write_requests(OUT, attempts, method="threads", source="DEMO")
    with OUT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (done.rows, done.size_bytes) == (len(rows), OUT.stat().st_size)
    return rows


def test_every_request_has_a_row_with_its_phases() -> None:
    """Else one can't see where a slow request spent its time."""
    (row,) = rows_of(attempt(4, pace_wait_s=0.5, label='a, "b"', **PHASES))
    assert row == {
        "request": "4",
        "label": 'a, "b"',
        "page": "5",
        "method": "threads",
        "outcome": "ok",
        "status": "200",
        "attempts": "1",
        "records": "2",
        "bytes": "7",
        "queued_s": "0.0",
        "started_s": "1.0",
        "ended_s": "1.304",
        "pace_wait_ms": "500.0",
        "dns_ms": "1.0",
        "connect_ms": "2.0",
        "send_ms": "1.0",
        "wait_ms": "200.0",
        "body_ms": "100.0",
        "decode_ms": "1.0",
        "total_ms": "304.0",
        "server_ms": "250.0",
        "source": "DEMO",
        "message": "",
    }
    parts = ("dns_ms", "connect_ms", "send_ms", "wait_ms", "body_ms")
    assert sum(float(row[name]) for name in parts) == float(row["total_ms"])


def test_on_a_connection_that_was_kept_alive_the_phases_still_add_up() -> None:
    """Else the time to send is counted twice or not at all."""
    (row,) = rows_of(attempt(0, **{**PHASES, "dns": None, "connected": None}))
    assert (row["dns_ms"], row["connect_ms"], row["send_ms"]) == ("", "", "4.0")
    parts = ("send_ms", "wait_ms", "body_ms")
    assert sum(float(row[name]) for name in parts) == float(row["total_ms"])


def test_attempts_of_one_request_are_one_row_about_the_last() -> None:
    """Else a request that was repeated is counted as several."""
    never = dict.fromkeys(("sent", "headers", "body", "decoded"))
    rows = rows_of(
        attempt(0, **PHASES),
        attempt(1, 1, kind="timeout", final=False, pace_wait_s=0.25, queued=0.5),
        attempt(1, 2, kind="server", final=False, pace_wait_s=0.25, queued=0.5),
        attempt(1, 3, kind="server", status=503, message="HTTP 503", queued=0.75, **never),
    )
    assert [row["attempts"] for row in rows] == ["1", "3"]
    lost = rows[1]
    assert (lost["outcome"], lost["status"], lost["message"]) == ("server", "503", "HTTP 503")
    assert (lost["pace_wait_ms"], lost["queued_s"]) == ("500.0", "0.5")
    assert (lost["ended_s"], lost["total_ms"], lost["wait_ms"]) == ("", "", "")


def test_without_requests_there_is_a_header() -> None:
    """Else an empty run's file can't be read as a table."""
    assert rows_of() == []
    assert OUT.read_bytes().decode() == ",".join(REQUEST_COLUMNS) + "\r\n"
