"""How long leaving the application takes with 8 requests in flight, by each way out.

    PYTHONPATH=. python tests/benchmarks/quit_in_flight.py

From the key or signal to the process's end, and beside it the same with nothing in flight.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from time import monotonic

from tests.support.raw_server import HANG, number_of, page, scripted
from tests.support.screen_process import Terminal, begin, leave
from tui_app.settings import Settings

GOAL_S = 0.5
WAYS = ("ctrl+q", "SIGTERM", "SIGINT", "SIGHUP", "closed")
TIMES = 3


def seconds_to_leave(how: str, method: str, *, flying: int) -> float:
    """Open it, let as many requests hang, leave; seconds until the process has ended."""

    def answer(path: str, nth: int) -> bytes | None:
        return page(1, 40) if number_of(path) == 1 else HANG

    with tempfile.TemporaryDirectory() as folder, scripted(answer) as server:
        home = Path(folder) / "runs"
        os.environ["IUCN_TUI_HOME"] = str(home)
        begin(Settings(source="live", base_url=server.base_url, home=home, method=method))
        before = len(server.asked)
        with closing(Terminal()) as window:
            window.until(lambda: b"there resumes it" in window.shown)
            if flying:
                window.type(b"h")
                window.until(lambda: "■ stopped".encode() in window.shown)
                window.type(b"u")
                window.until(lambda: b"as before" in window.shown)
                window.type(b"\r")
                window.until(lambda: len(server.asked) >= before + flying)
            began = monotonic()
            leave(window, how)
            window.until(lambda: window.process.poll() is not None)
            return monotonic() - began


def main() -> None:
    """Measure and print."""
    for how in WAYS:
        idle = median(seconds_to_leave(how, "asyncio", flying=0) for _ in range(TIMES))
        said = [f"idle {idle:.2f} s"]
        for method in ("asyncio", "threads"):
            took = [seconds_to_leave(how, method, flying=8) for _ in range(TIMES)]
            said.append(f"{method} {median(took):.2f} s (most {max(took):.2f})")
        print(f"{how:<8} {', '.join(said)}; goal {GOAL_S} s", flush=True)


if __name__ == "__main__":
    main()
