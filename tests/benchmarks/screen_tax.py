"""What the screen costs: 2,000 events a second, nothing, a fetch and a comparison with it or not.

    PYTHONPATH=. python tests/benchmarks/screen_tax.py

On a terminal of 120 by 40. First the share of a core that the application's process takes while
a service says 2,000 events a second (goal 0.25, the service's own share taken off), and idle.
Then the time of a fetch of 100 pages at 50 ms by asyncio in the application over that of the
same fetch without it (goal 1.03), in turns, medians. Last the same of a comparison's timed runs,
during which the screen draws twice a second, at 50 ms and at 0 ms.
"""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
from contextlib import closing, suppress
from dataclasses import replace
from fcntl import ioctl
from pathlib import Path
from statistics import median
from time import monotonic, process_time, sleep
from typing import Any

from tests.support.screens import ScriptedService, summary
from tui_app.demo import DemoServer
from tui_app.fetch import Cancel, Event, Observer, State
from tui_app.redlist import Query, make_query
from tui_app.runs import Comparison, Service, Summary
from tui_app.settings import Settings
from tui_app.ui.app import RedListApp
from tui_app.ui.screenrequest import ScreenRequest

EVENTS_A_SECOND = 2_000
LONG_S = 8.0
PAGES = 100
DELAY_S = 0.05
TIMES = 5
COMPARED: dict[str, Any] = {
    "methods": ("sequential", "threads", "asyncio"),
    "page_counts": (PAGES,),
    "repeats": 3,
}
STEPS = (
    State.QUEUED, State.STARTED, State.SENT, State.HEADERS, State.BODY, State.DECODED, State.KEPT,
)  # fmt: skip


class Flood(ScriptedService):
    """Says so many events a second, for so long; 8 requests at a time."""

    def __init__(self, told: Observer | None = None) -> None:
        super().__init__()
        self.told = told

    def fetch(
        self, query: Query, settings: Settings, *, observer: Observer, cancel: Cancel
    ) -> Summary:
        observer = self.told or observer
        began = monotonic()
        observer(Event("1", State.BEGUN, began))
        observer(Event("1", State.PLANNED, began, total=int(EVENTS_A_SECOND * LONG_S / len(STEPS))))
        said = request = 0
        while (now := monotonic()) < began + LONG_S:
            while said < (now - began) * EVENTS_A_SECOND:
                for step in STEPS:
                    for number in range(request, request + 8):
                        label = f"countries/MG page {number}" if step is State.QUEUED else ""
                        observer(
                            Event("1", step, monotonic(), number, 1, label=label, page=number,
                                  size_bytes=46_000, records=100)
                        )  # fmt: skip
                        said += 1
                    sleep(0.002)
                request += 8
            sleep(0.002)
        observer(Event("1", State.ENDED, monotonic()))
        return summary(complete=True)


def measured(what: str, base_url: str) -> dict[str, float]:
    """In a process of its own on a terminal: CPU or seconds, as it says."""
    ours, its = pty.openpty()
    ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        process = subprocess.Popen(
            [sys.executable, __file__, what, base_url, str(out)],
            stdin=its, stdout=its, stderr=its, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "IUCN_TUI_HOME": folder},
        )  # fmt: skip
        os.close(its)
        while process.poll() is None:
            if select.select([ours], [], [], 0.05)[0]:
                with suppress(OSError):  # it has ended
                    os.read(ours, 65536)
        os.close(ours)
        found: dict[str, float] = json.loads(out.read_text())
        return found


def child(what: str, base_url: str, out: Path) -> None:
    """Be the application, or the fetch alone."""
    settings = Settings(
        source="live", base_url=base_url, method="asyncio", pages=PAGES, fresh=True,
        home=Path(os.environ["IUCN_TUI_HOME"]), rate=None,
    )  # fmt: skip
    query = make_query(["taxa/class/REPTILIA"])
    found: dict[str, float] = {}
    if what == "flood alone":
        began = process_time()
        Flood(lambda event: None).fetch(query, settings, observer=print, cancel=Cancel())
        found["share"] = (process_time() - began) / LONG_S
    elif what == "fetch alone":
        with closing(Service(settings)) as service:
            found["seconds"] = service.fetch(query, settings).seconds
    elif what == "compare alone":
        with closing(Service(settings)) as service:
            found = medians(service.compare(query, replace(settings, **COMPARED)))
    else:
        service_of: Any = (lambda settings: Flood()) if what == "flood" else Service
        app = RedListApp(settings, make_service=service_of)

        async def act() -> None:
            main = app.main
            if what == "idle":
                began = process_time()
                await asyncio.sleep(LONG_S)
                found["share"] = (process_time() - began) / LONG_S
            elif what == "compare":
                main.begin(ScreenRequest("compare", query, replace(settings, **COMPARED)))
                await main.controller.settled(300)
                assert main.job is not None
                assert main.job.model.comparison is not None
                found.update(medians(main.job.model.comparison))
            else:
                began = process_time()
                main.start(ScreenRequest("fetch", query, settings))
                await main.controller.settled(120)
                found["share"] = (process_time() - began) / LONG_S
                run = main.job.model.current if main.job else None
                found["seconds"] = (run.seconds or 0.0) if run else 0.0
            app.exit()

        def begin() -> None:
            app.set_timer(3.0, act)

        app.call_later(begin)
        app.run()
    out.write_text(json.dumps(found))


def medians(outcome: Comparison) -> dict[str, float]:
    """Median seconds by method, and the screen's share of a processor."""
    found = {row.method: row.median for row in outcome.summary}
    return {**found, "screen": outcome.settings["screen"] or 0.0}


def tax_of_comparing(delay_s: float) -> None:
    """Time a comparison in the application and without it, in turns, and print."""
    with DemoServer("fast", delay=delay_s) as server:
        measured("compare alone", server.base_url)  # so that the server has its pages ready
        pairs = [
            (measured("compare alone", server.base_url), measured("compare", server.base_url))
            for _ in range(TIMES)
        ]
    for method in COMPARED["methods"]:
        ratio = median(shown[method] / alone[method] for alone, shown in pairs)
        at = f"comparing at {delay_s * 1000:.0f} ms, {method}"
        print(f"{at}: {ratio:.3f} times as long on the screen")
    share = median(shown["screen"] for _, shown in pairs)
    print(f"    and the screen takes {share:.1%} of a processor meanwhile", flush=True)


def main() -> None:
    """Measure and print."""
    with DemoServer("fast", delay=DELAY_S) as server:
        alone = measured("flood alone", server.base_url)["share"]
        shown = measured("flood", server.base_url)["share"]
        print(f"{EVENTS_A_SECOND:,} events a second: {shown - alone:.3f} of a core (goal 0.25; "
              f"the service itself {alone:.3f})")  # fmt: skip
        print(f"idle: {measured('idle', server.base_url)['share']:.4f} of a core", flush=True)
        measured("fetch alone", server.base_url)  # so that the server has its pages ready
        pairs = [
            (
                measured("fetch alone", server.base_url)["seconds"],
                measured("fetch", server.base_url)["seconds"],
            )
            for _ in range(TIMES)
        ]
        bare, watched = (median(times) for times in zip(*pairs, strict=True))
        print(f"{PAGES} pages at {DELAY_S * 1000:.0f} ms: {bare:.3f} s alone, {watched:.3f} s on "
              f"the screen: {watched / bare:.3f} times (goal 1.03)")  # fmt: skip
    for delay_s in (DELAY_S, 0.0):
        tax_of_comparing(delay_s)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        child(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    else:
        main()
