"""Whether the pace holds, and how much of it is used, by the server's own log.

    PYTHONPATH=. python tests/benchmarks/pace_used.py

For each method and rate: the most requests that arrived in any one second (at most the rate), and
the share of the rate that was used between the first and the last of them (0.95 or more).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from tui_app.demo import DemoServer
from tui_app.fetch import Event, Plan, State, run
from tui_app.methods import usable_methods
from tui_app.redlist import make_query

LONG_S = 10
LATENCY_S = 0.1


def times_of(method: str, rate: float, log: Path) -> tuple[list[float], list[float]]:
    """When each request of a run arrived at the server, and when it left here."""
    left: list[float] = []

    def observe(event: Event) -> None:
        if event.state is State.SENT:
            left.append(event.at)

    # More pages than any list has are asked for one by one: the first page alone would not do.
    pages = int(LONG_S * rate)
    with DemoServer("fast", delay=0.01 if method == "sequential" else LATENCY_S, log=log) as server:
        plan = Plan(
            make_query(["taxa/class/REPTILIA", "taxa/class/AMPHIBIA"]),
            server.base_url,
            method=method,
            pages=pages // 2,
            known_pages={0: 150, 1: 150},
            rate=rate,
        )
        # Once without a pace: while the server makes a page up it reads no clock.
        warmed = run(replace(plan, rate=None)).totals.requests
        result = run(plan, observe)
        assert result.complete, result.totals.failures
    arrived = [json.loads(line)["arrived"] for line in log.read_text().splitlines()]
    return sorted(arrived)[warmed:], sorted(left)


def busiest(times: list[float]) -> int:
    """The most of them in any one second."""
    return max(sum(at <= other < at + 1 for other in times) for at in times)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rates", default="2,5,50")
    rates = [float(text) for text in parser.parse_args().rates.split(",")]
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for method in usable_methods():
            for rate in rates:
                times, left = times_of(method, rate, Path(scratch) / f"{method}-{rate}.jsonl")
                used = (len(times) - 1) / (times[-1] - times[0]) / rate
                failed = failed or busiest(times) > rate or used < 0.95
                print(
                    f"{method:<10}  {rate:>4g} a second: at most {busiest(times)} in one second "
                    f"({busiest(left)} left here), "
                    f"{used:.3f} of it used ({len(times)} requests)",
                    flush=True,
                )
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
