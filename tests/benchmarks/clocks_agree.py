"""How far the client's times are from the server's log: goals 2 ms a request and 2 % a run.

    PYTHONPATH=. python tests/benchmarks/clocks_agree.py [--repeats 5]

Both read the machine's monotonic clock. Of each request: what the client calls its latency, less
what lies between its arrival at the server and its answer going out. Of each run: its time, less
what lies between the first arrival and the last answer, over its time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.goals import Line, middle, show
from tui_app.demo import DemoServer
from tui_app.fetch import Event, State
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

DELAY_S = 0.1
PAGES = 40
IN_FLIGHT = 8
REQUEST_GOAL_MS = 2.0
RUN_GOAL = 2.0  # per cent


def differences(events: list[Event], log: list[dict[str, Any]]) -> tuple[list[float], float]:
    """Milliseconds by request, and the share of the run's time."""
    at: dict[int, dict[State, float]] = defaultdict(dict)
    pages: dict[int, int | None] = {}
    for event in events:
        at[event.request][event.state] = event.at
        if event.state is State.QUEUED:
            pages[event.request] = event.page
    run = at.pop(-1)
    by_page = {int(line["query"]["page"]): line for line in log}
    more = []
    for request, one in at.items():
        line = by_page[pages[request] or 0]
        its = line["sending"] - line["arrived"]
        more.append(1000 * (one[State.BODY] - one[State.STARTED] - its))
    span = max(line["sending"] for line in log) - min(line["arrived"] for line in log)
    took = run[State.ENDED] - run[State.BEGUN]
    return more, (took - span) / took


def agree(repeats: int) -> Iterator[Line]:
    """How far the two clocks are apart, by method."""
    query = make_query(["taxa/class/REPTILIA"])
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        with DemoServer("fast", delay=DELAY_S, log=log) as server:
            for method in DEFAULT_METHODS:
                requests: list[float] = []
                shares: list[float] = []
                for repeat in range(repeats + 1):
                    settings = Settings(
                        source="live", base_url=server.base_url, fresh=True, method=method,
                        pages=PAGES, concurrency=IN_FLIGHT, home=Path(folder),
                    )  # fmt: skip
                    log.write_text("")
                    events: list[Event] = []
                    service = Service(settings)
                    service.fetch(query, settings, observer=events.append)
                    service.close()
                    lines = [json.loads(line) for line in log.read_text().splitlines()]
                    lists = [one for one in lines if not one["path"].endswith("version")]
                    if repeat:  # the first round warms up
                        more, share = differences(events, lists)
                        requests += more
                        shares.append(100 * share)
                late = sorted(requests)[int(0.95 * len(requests))]
                detail = f"p95 {late:.2f}"
                yield Line(
                    f"client less server: ms a request, {method}",
                    median(requests),
                    REQUEST_GOAL_MS,
                    detail=detail,
                )
                yield middle(f"client less server: % of a run, {method}", shares, RUN_GOAL)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    show(agree(parser.parse_args().repeats))


if __name__ == "__main__":
    main()
