"""What a fetch of very large pages takes in memory: 60 MB each, packed into a few hundred KB.

    PYTHONPATH=. python tests/benchmarks/memory_of_large_pages.py [method ...]

Each method fetches 24 of them with 8 in flight, in a process of its own; told is the most that it
had in memory, and how long it took. A page has 29,000 long rows, or 2.3 million short ones.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time

from tests.support.raw_server import http, number_of, scripted
from tui_app.methods import DEFAULT_METHODS

PAGES = 24
SIZE = 60 << 20
GOAL_MB = {"long": 512, "short": 1280}
"""256 MB of bodies, the program itself (90 MB), what committing one takes; and short rows, each
with an id of its own, when they are checked, and counted when all are there."""


def packed(number: int, short: bool) -> bytes:
    """A page of so many bytes, packed."""
    row = {"assessment_id": 1234567} if short else {"assessment_id": 1, "note": "x" * 2000}
    one = json.dumps(row, separators=(",", ":")).encode()
    rows = [b'{"assessment_id":%d}' % number] + [one] * (SIZE // (len(one) + 1))
    body = b'{"assessments":[' + b",".join(rows) + b"]}"
    return http(gzip.compress(body, 6), content_encoding="gzip", total_pages=str(PAGES))


def peak_mb(method: str, base_url: str) -> tuple[float, float]:
    """The most memory that a fetch had, in MB, and its seconds."""
    with tempfile.TemporaryDirectory() as home:
        program = [sys.executable, "-m", "tui_app", "fetch", "countries/MG", "--base-url", base_url]
        more = ["--method", method, "--concurrency", "8", "--rate", "off", "-q"]
        began = time.monotonic()
        process = subprocess.Popen(
            [*program, *more], env={**os.environ, "IUCN_TUI_HOME": home, "HOME": home}
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, process.returncode
        return used.ru_maxrss / 1024, time.monotonic() - began


def main() -> int:
    """Each method, with both kinds of rows."""
    met = True
    for rows, goal_mb in GOAL_MB.items():
        pages = [packed(number, rows == "short") for number in range(1, PAGES + 1)]
        print(f"{rows} rows: {SIZE >> 20} MB in {len(pages[0]) >> 10} KB (goal: {goal_mb} MB)")
        with scripted(lambda path, nth, pages=pages: pages[number_of(path) - 1]) as server:
            for method in sys.argv[1:] or DEFAULT_METHODS:
                memory_mb, seconds = peak_mb(method, server.base_url)
                met &= memory_mb <= goal_mb
                print(f"  {method:<12} {memory_mb:7.0f} MB  {seconds:5.1f} s", flush=True)
    print("met" if met else "NOT MET")
    return not met


if __name__ == "__main__":
    sys.exit(main())
