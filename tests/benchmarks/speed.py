"""How near the methods are to the best there could be: ratios in one run, beside their goals.

    PYTHONPATH=. python tests/benchmarks/speed.py [PART…] [--repeats 5]

latency     100 ms a page, 40 pages of 20 KB, 8 in flight: wall time over the ideal
throughput  0 ms, pages of 20 KB, everything on but keeping (events, decode, policy): pages a
            second over those of the same loop written bare, which reads the bytes and drops them;
            of asyncio, what a page costs the loop's thread more than the bare loop's
compare     the speed-up that `compare` finds on the demo's profile `fast` over the bare loops'
stall       v3 pages of 3 MB, 16 at once: the longest stall of the event loop
large       v3 pages of 3 MB, 4 in flight at 300 ms: wall time over the ideal
flat        0 ms: memory after a tenth of the pages, and at their end; time a page over that of a
            run of 100

The server is a process of its own (canned.py). The bare loops (tui_app.runs.bare) and ours take
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
from time import perf_counter, thread_time

from tests.benchmarks.canned import serving
from tests.benchmarks.goals import Line, middle, show
from tui_app.demo import DemoServer
from tui_app.fetch import Event, Observer, Plan, Result, State, run
from tui_app.fetch.aiohttp_client import carry_asyncio
from tui_app.redlist import make_query
from tui_app.runs import Service, Summary
from tui_app.runs.bare import BARE
from tui_app.settings import Settings

IN_FLIGHT = 8
LATENCY_GOALS = {"sequential": 1.03, "threads": 1.06, "asyncio": 1.04}
THROUGHPUT_GOALS = {"sequential": 0.87, "threads": 0.87, "asyncio": 0.65}  # 0.87: within 15 %
COST_GOAL_MS = 0.08
COMPARE_GOAL = 0.75
STALL_GOAL_MS = 75.0
LARGE_GOAL = 1.5
GROWTH_GOAL = 1.1
GROWTH_GOAL_MB = 5.0


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


def took(method: str, urls: list[str]) -> float:
    """Seconds of a loop written bare."""
    gc.collect()
    began = perf_counter()
    BARE[method](urls, IN_FLIGHT)
    return perf_counter() - began


def bare_seconds(method: str, base_url: str, pages: int) -> float:
    """Seconds of the same loop, written bare."""
    path = f"{base_url}/api/v4/red_list_categories/CR?page="
    return took(method, [f"{path}{number}" for number in range(1, pages + 1)])


def turns(pages: int, method: str) -> int:
    """Round trips of a run whose first page tells how many there are."""
    return 1 + math.ceil((pages - 1) / (1 if method == "sequential" else IN_FLIGHT))


def latency(repeats: int) -> Iterator[Line]:
    """Wall time over the ideal, beside that of the bare loop over its own."""
    delay_s, pages = 0.1, 40
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
        detail = f"written bare {median(bare[method]):.3f}"
        yield middle(f"100 ms a page: wall / ideal, {method}", ours[method], goal, detail=detail)


class Nowhere:
    """Keeps nothing."""

    def keep(self, items: object) -> None:
        """Drop it."""


def unkept(method: str, base_url: str, pages: int) -> Result:
    """A run as `compare` times it, whose pages are kept nowhere."""
    query = make_query(["red_list_categories/CR"])
    plan = Plan(query, base_url, method, pages=pages, concurrency=IN_FLIGHT, known_pages={0: pages})
    events: deque[Event] = deque()
    gc.collect()
    result = run(plan, events.append, recorder=Nowhere(), timed=True)
    assert result.complete, result
    return result


def throughput(repeats: int) -> Iterator[Line]:
    """Pages a second over those of the bare loop, and what a page costs the loop's thread more."""
    pages = 1_000
    with serving(pages=pages) as base_url:
        costs: list[float] = []
        works: list[float] = []
        for method, goal in THROUGHPUT_GOALS.items():
            ratios, rates = [], []
            for repeat in range(repeats + 1):
                began_s = thread_time()
                alone = bare_seconds(method, base_url, pages)
                between_s = thread_time()
                result = unkept(method, base_url, pages)
                more_s = thread_time() - between_s - (between_s - began_s)
                if repeat:
                    ratios.append(alone / result.seconds)
                    rates.append((pages / result.seconds, pages / alone))
                    if method == "asyncio":
                        costs.append(1000 * more_s / pages)
                        works.append(1000 * result.totals.work_s / pages)
            ours, bare = (median(column) for column in zip(*rates, strict=True))
            detail = f"{ours:,.0f} pages a second, written bare {bare:,.0f}"
            name = f"0 ms, 20 KB: throughput / bare, {method}"
            yield middle(name, ratios, goal, least=True, detail=detail)
        detail = f"of it told as own work {median(works):.3f}"
        yield middle(
            "0 ms, 20 KB: ms a page in the loop's thread", costs, COST_GOAL_MS, detail=detail
        )


def compare(repeats: int) -> Iterator[Line]:
    """asyncio's speed-up over sequential, as `compare` finds it, over the bare loops'."""
    pages, query = 100, make_query(["red_list_categories/CR"])
    shares, found, bare = [], [], []
    with DemoServer("fast") as server, service_for(server.base_url) as (service, given):
        path = f"{server.base_url}/api/v4/red_list_categories/CR?page="
        urls = [f"{path}{number}" for number in range(1, pages + 1)]
        settings = replace(given, page_counts=(pages,), repeats=3, warmup=0)
        for repeat in range(repeats + 1):
            rows = {row.method: row for row in service.compare(query, settings).summary}
            alone = {
                method: median(took(method, urls) for _ in range(3))
                for method in ("sequential", "asyncio")
            }
            if repeat:
                found.append(rows["asyncio"].speedup or 0.0)
                bare.append(alone["sequential"] / alone["asyncio"])
                shares.append(found[-1] / bare[-1])
    detail = f"{median(found):.2f}x, written bare {median(bare):.2f}x"
    name = "compare on fast: speed-up of asyncio / bare loops'"
    yield middle(name, shares, COMPARE_GOAL, least=True, detail=detail)


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


LARGE = {"kilobytes": 3_000, "rows": 10_000, "pages": 16, "v3": True}


def stall(repeats: int) -> Iterator[Line]:
    """The longest stall of the loop with 16 pages of 3 MB at once."""
    worst = []
    with serving(**LARGE) as base_url, service_for(base_url, api="v3", concurrency=16) as at:
        for repeat in range(repeats + 1):
            with Stalls() as stalls:
                fetch(*at, "asyncio", lambda event: None)
            if repeat:
                worst.append(stalls.worst_s * 1000)
    yield middle("v3, 16 pages of 3 MB at once: longest stall, ms", worst, STALL_GOAL_MS)


def large(repeats: int) -> Iterator[Line]:
    """Wall time over the ideal, pages of 3 MB."""
    delay_s = 0.3
    with (
        serving(delay=delay_s, **LARGE) as base_url,
        service_for(base_url, api="v3", concurrency=4) as at,
    ):
        # Nothing tells how many there are: a page past the end does, and four are asked at once.
        ideal_s = math.ceil((16 + 1) / 4) * delay_s
        for method in ("threads", "asyncio"):
            ratios = [
                fetch(*at, method, lambda event: None).seconds / ideal_s for _ in range(repeats + 1)
            ][1:]
            yield middle(f"v3, 4 in flight: wall / ideal, {method}", ratios, LARGE_GOAL)


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


def flat(repeats: int, many: int = 4_000) -> Iterator[Line]:
    """Memory and time a page: neither grows with the number of pages."""
    few = 100
    with serving(pages=many) as base_url:
        for method in BARE:
            ratios, grown, watch = [], [], Watch()
            with service_for(base_url) as (service, given):
                small = replace(given, pages=few)
                fetch(service, small, method, Watch())
                for _ in range(repeats):
                    # Small runs before, enough of them for a time that can be trusted.
                    each = [fetch(service, small, method, Watch()).seconds / few for _ in range(10)]
                    watch = Watch()
                    whole_s = fetch(service, given, method, watch).seconds / many
                    ratios.append(whole_s / median(each))
                    grown.append(max(watch.memory[-100:]) - watch.memory[many // 10])
            yield middle(f"{many:,} pages: time a page / of {few}, {method}", ratios, GROWTH_GOAL)
            yield middle(f"{many:,} pages: memory, MB more, {method}", grown, GROWTH_GOAL_MB)


PARTS: dict[str, Callable[[int], Iterator[Line]]] = {
    "latency": latency,
    "throughput": throughput,
    "compare": compare,
    "stall": stall,
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
        show(PARTS[part](given.repeats))


if __name__ == "__main__":
    main()
