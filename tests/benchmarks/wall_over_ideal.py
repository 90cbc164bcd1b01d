"""Wall time over the ideal at 100 ms a page: 40 pages, 8 in flight, events and store on.

    python tests/benchmarks/wall_over_ideal.py [--repeats 5] [--base-url URL]

Starts a demo server with a constant delay in a process of its own, times each method in turn,
repeat by repeat, and prints medians of the ratio. The ideal is the bare arithmetic: the first
page alone (it tells how many there are), then the others eight at a time.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tui_app.demo import DemoServer
from tui_app.methods import METHODS
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

DELAY_S = 0.1
PAGES = 40
IN_FLIGHT = 8
GOALS = {"sequential": 1.04, "threads": 1.08, "asyncio": 1.06}


def ideal_s(method: str) -> float:
    """Seconds that the delays alone take."""
    in_flight = 1 if method == "sequential" else IN_FLIGHT
    return DELAY_S + math.ceil((PAGES - 1) / in_flight) * DELAY_S


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--base-url", help="a server with that delay, in place of the demo's")
    args = parser.parse_args()
    query = make_query(["red_list_categories/CR"])
    ratios: dict[str, list[float]] = {method: [] for method in METHODS}
    with ExitStack() as stack:
        base_url = args.base_url
        if base_url is None:
            base_url = stack.enter_context(DemoServer(delay=DELAY_S)).base_url
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings(
            fresh=True,
            source="live",
            base_url=base_url,
            pages=PAGES,
            concurrency=IN_FLIGHT,
            home=home,
        )
        service = Service(settings)
        for repeat in range(args.repeats + 1):
            for method in METHODS:
                summary = service.fetch(query, _with(settings, method))
                assert summary.pages == PAGES, summary
                if repeat:  # the first round warms up
                    ratios[method].append(summary.seconds / ideal_s(method))
        service.close()
    for method, found in ratios.items():
        print(
            f"{method:<11} wall/ideal {statistics.median(found):.3f}"
            f"  (min {min(found):.3f}, max {max(found):.3f}; goal {GOALS[method]:.2f})"
        )


def _with(settings: Settings, method: str) -> Settings:
    from dataclasses import replace

    return replace(settings, method=method)


if __name__ == "__main__":
    main()
