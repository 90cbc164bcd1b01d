"""Memory of fetching, keeping and exporting a long list: does it grow with the number of pages?

    python tests/benchmarks/memory_of_a_crawl.py [--method asyncio] [--operation countries/MG]

Asks the demo server, which is a process of its own, for all pages (1,724 of ANIMALIA), writes the
CSV, and prints this process's resident memory on the way beside the goals.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.goals import Line, show
from tui_app.fetch import Event, State
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

OPERATION = "taxa/kingdom/ANIMALIA"
EARLY_PAGE = 200
PEAK_GOAL_MB = 150
GROWTH_GOAL_MB = 20


def resident_mb() -> float:
    """This process's memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


class Watch:
    """An observer that notes the memory at each kept page."""

    def __init__(self) -> None:
        self.by_page: list[float] = []

    def __call__(self, event: Event) -> None:
        """Note it."""
        if event.state is State.KEPT:
            self.by_page.append(resident_mb())


def crawl(method: str, operation: str) -> Iterator[Line]:
    """Fetch and export; run it in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = Settings(demo_profile="fast", method=method, home=home)
        service = Service(settings)
        watch = Watch()
        try:
            summary = service.fetch(make_query([operation]), settings, observer=watch)
            (written,) = service.export(summary.run, csv=home / "out.csv")
        finally:
            service.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    growth = watch.by_page[-1] - watch.by_page[min(EARLY_PAGE, len(watch.by_page)) - 1]
    name, detail = f"{summary.pages:,} pages", f"{written.rows:,} rows exported"
    yield Line(f"{name}: peak memory, MB, {method}", peak, PEAK_GOAL_MB, detail=detail)
    yield Line(f"{name}: memory after page {EARLY_PAGE}, MB more", growth, GROWTH_GOAL_MB)


def main() -> None:
    """Fetch, export, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--method", choices=DEFAULT_METHODS, default="asyncio")
    parser.add_argument("--operation", default=OPERATION)
    given = parser.parse_args()
    show(crawl(given.method, given.operation))


if __name__ == "__main__":
    main()
