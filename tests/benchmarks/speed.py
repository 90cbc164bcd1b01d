"""How near the methods are to the best there could be: ratios in one run, beside their goals.

    PYTHONPATH=. python tests/benchmarks/speed.py [latency] [throughput] [large] [flat]

latency     100 ms a page, 40 pages of 20 KB, 8 in flight: wall time over the ideal
throughput  0 ms, 2,000 pages of 20 KB, everything on (events, decode, store): pages a second over
            those of the same loop written bare, which reads the bytes and drops them
large       v3 pages of 3 MB: the longest stall of the event loop with 16 at once; wall time over
            the ideal with 4 in flight at 300 ms
flat        0 ms: memory after a tenth of 10,000 pages, and at their end; time a page over that of
            a run of 100

The server is a process of its own (canned.py), the bare loops are in bare.py. Bare and ours take
turns; ratios are medians of the pairs.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import math
import resource
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks.bare import BARE
from tests.benchmarks.canned import serving
from tui_app.fetch import Event, Observer, State
from tui_app.fetch.aiohttp_client import carry_asyncio
from tui_app.redlist import make_query
from tui_app.runs import Service, Summary
from tui_app.settings import Settings

IN_FLIGHT = 8
LATENCY_GOALS = {"sequential": 1.025, "threads": 1.06, "asyncio": 1.04}
THROUGHPUT_GOALS = {"sequential": 0.8, "threads": 0.8, "asyncio": 0.6}
STALL_GOAL_MS = 75.0
LARGE_GOAL = 1.5
GROWTH_GOAL = 1.1


def say(what: str, found: list[float], goal: str, met: bool) -> None:
    """A line: the median, the spread, the goal."""
    spread = f"{min(found):.3f}-{max(found):.3f}" if len(found) > 1 else ""
    verdict = "met" if met else "NOT MET"
    print(f"  {what:<34} {median(found):7.3f}  {spread:<15} {goal:<10} {verdict}", flush=True)


@contextmanager
def service_for(base_url: str, **more: object) -> Iterator[tuple[Service, Settings]]:
    """A service with an empty store of its own, and settings that ask a server for everything."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(
            source="live", base_url=base_url, fresh=True, concurrency=IN_FLIGHT, home=Path(home)
        )
        service = Service(settings)
        try:
            yield service, replace(settings, **more)  # type: ignore[arg-type]
        finally:
            service.close()


def fetch(service: Service, settings: Settings, method: str, observer: Observer) -> Summary:
    """Fetch all pages by a method, with the last run's rubbish taken out before."""
    gc.collect()
    operation = "species/page" if settings.api == "v3" else "red_list_categories/CR"
    query = make_query([operation], settings.api)
    summary = service.fetch(query, replace(settings, method=method), observer=observer)
    assert not summary.retries, summary
    return summary


def bare_seconds(method: str, base_url: str, pages: int) -> float:
    """How long the same loop takes, written bare."""
    path = f"{base_url}/api/v4/red_list_categories/CR?page="
    urls = [f"{path}{number}" for number in range(1, pages + 1)]
    gc.collect()
    began = perf_counter()
    BARE[method](urls, IN_FLIGHT)
    return perf_counter() - began


def turns(pages: int, method: str) -> int:
    """Round trips of a run whose first page tells how many there are."""
    return 1 + math.ceil((pages - 1) / (1 if method == "sequential" else IN_FLIGHT))


def latency(repeats: int) -> None:
    """Wall time over the ideal, beside that of the bare loop over its own."""
    delay_s, pages = 0.1, 40
    print(f"100 ms, {pages} pages, {IN_FLIGHT} in flight: wall over the ideal")
    with serving(delay=delay_s, pages=pages) as base_url, service_for(base_url) as (service, given):
        ours: dict[str, list[float]] = {method: [] for method in BARE}
        bare: dict[str, list[float]] = {method: [] for method in BARE}
        for repeat in range(repeats + 1):
            for method in BARE:
                events: deque[Event] = deque()
                took = fetch(service, given, method, events.append).seconds
                in_flight = 1 if method == "sequential" else IN_FLIGHT
                alone = bare_seconds(method, base_url, pages)
                if repeat:  # the first round warms up
                    ours[method].append(took / (turns(pages, method) * delay_s))
                    bare[method].append(alone / (math.ceil(pages / in_flight) * delay_s))
    for method, goal in LATENCY_GOALS.items():
        say(method, ours[method], f"<= {goal}", median(ours[method]) <= goal)
        print(f"    written bare {median(bare[method]):.3f}")


def throughput(repeats: int) -> None:
    """Pages a second over those of the bare loop."""
    pages = 2_000
    print(f"0 ms, {pages:,} pages of 20 KB, events, decode, store: throughput over the bare loop's")
    with serving(pages=pages) as base_url, service_for(base_url) as (service, given):
        for method, goal in THROUGHPUT_GOALS.items():
            ratios, rates = [], []
            for repeat in range(repeats + 1):
                events: deque[Event] = deque()
                alone = bare_seconds(method, base_url, pages)
                took = fetch(service, given, method, events.append).seconds
                if repeat:
                    ratios.append(alone / took)
                    rates.append((pages / took, pages / alone))
            say(method, ratios, f">= {goal}", median(ratios) >= goal)
            ours, bare = (median(column) for column in zip(*rates, strict=True))
            print(f"    {ours:,.0f} pages a second, written bare {bare:,.0f}")


class Stalls:
    """Watches the loop of a run by asyncio: how late a call comes that wants to come each 2 ms."""

    EVERY_S = 0.002

    def __init__(self) -> None:
        self.worst_s = 0.0
        self._usual = carry_asyncio.__defaults__

    def __enter__(self) -> Stalls:
        def make() -> asyncio.AbstractEventLoop:
            loop = asyncio.new_event_loop()
            loop.call_soon(self._wake, loop, perf_counter())
            return loop

        carry_asyncio.__defaults__ = (make,)
        return self

    def __exit__(self, *_: object) -> None:
        carry_asyncio.__defaults__ = self._usual

    def _wake(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = perf_counter()
        self.worst_s = max(self.worst_s, now - due)
        loop.call_at(loop.time() + self.EVERY_S, self._wake, loop, now + self.EVERY_S)


def large(repeats: int) -> None:
    """Pages of 3 MB: stalls of the loop, and wall time over the ideal."""
    pages, delay_s = 16, 0.3
    print("v3, 16 pages of 3 MB")
    options = {"kilobytes": 3_000, "rows": 10_000, "pages": pages, "v3": True}
    with serving(**options) as base_url, service_for(base_url, api="v3", concurrency=16) as at:
        worst = []
        for repeat in range(repeats + 1):
            with Stalls() as stalls:
                fetch(*at, "asyncio", lambda event: None)
            if repeat:
                worst.append(stalls.worst_s * 1000)
        met = median(worst) <= STALL_GOAL_MS
        say("16 at once, longest stall, ms", worst, f"<= {STALL_GOAL_MS:g}", met)
    with (
        serving(delay=delay_s, **options) as base_url,
        service_for(base_url, api="v3", concurrency=4) as at,
    ):
        # Nothing tells how many there are: a page past the end does, and four are asked at once.
        ideal_s = math.ceil((pages + 1) / 4) * delay_s
        for method in ("threads", "asyncio"):
            ratios = [
                fetch(*at, method, lambda event: None).seconds / ideal_s for _ in range(repeats + 1)
            ][1:]
            say(f"4 in flight, {method}", ratios, f"<= {LARGE_GOAL}", median(ratios) <= LARGE_GOAL)


def resident_mb() -> float:
    """This process's memory now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


class Watch:
    """Notes memory and time at each kept page, and keeps no event."""

    def __init__(self) -> None:
        self.memory: list[float] = []

    def __call__(self, event: Event) -> None:
        if event.state is State.KEPT:
            self.memory.append(resident_mb())


def flat(repeats: int) -> None:
    """Memory and time a page: neither grows with the number of pages."""
    few, many, turns_taken = 100, 10_000, 3
    print(f"0 ms, {many:,} pages: memory, and time a page over that of {few}")
    with serving(pages=many) as base_url:
        for method in BARE:
            ratios, watch = [], Watch()
            with service_for(base_url) as (service, given):
                small = replace(given, pages=few)
                fetch(service, small, method, Watch())
                for _ in range(turns_taken):
                    # Small runs before and after, enough of them for a time that can be trusted.
                    each = [
                        fetch(service, small, method, Watch()).seconds / few
                        for _ in range(10 * repeats)
                    ]
                    watch = Watch()
                    took = fetch(service, given, method, watch).seconds / many
                    ratios.append(took / (sum(each) / len(each)))
            met = median(ratios) <= GROWTH_GOAL
            say(f"{method}, time a page", ratios, f"<= {GROWTH_GOAL}", met)
            early, late = watch.memory[many // 10], max(watch.memory[-100:])
            print(f"    memory after a tenth {early:.1f} MB, at the end {late - early:+.1f} MB")


PARTS: dict[str, Callable[[int], None]] = {
    "latency": latency,
    "throughput": throughput,
    "large": large,
    "flat": flat,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    for part in given.parts or PARTS:
        PARTS[part](given.repeats)


if __name__ == "__main__":
    main()
