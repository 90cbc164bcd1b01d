"""Every goal in one command: what was measured, the goal, and whether it is met.

    PYTHONPATH=. python tests/benchmarks/all.py [PART…] [--repeats 3]

Each part is measured in a process of its own, one after another, in about five minutes. Times are
ratios within one run, so that a busy machine makes both sides slower; on one that is very busy,
name the part and measure it again with more repeats.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from typing import Final

from tests.benchmarks import clocks_agree, csv_over_bare, memory_of_a_crawl, prediction, speed
from tests.benchmarks.goals import Line, show


def forecast(repeats: int) -> Iterator[Line]:
    """Forecasts from probes over what the fetches then took, once each."""
    for profile in ("typical", "iucn", "notebook"):
        yield from prediction.from_probes(profile, (5, 20))


def memory(repeats: int) -> Iterator[Line]:
    """Peak memory of all pages of the largest list."""
    yield from memory_of_a_crawl.crawl("asyncio", memory_of_a_crawl.OPERATION)


PARTS: Final[dict[str, Callable[[int], Iterator[Line]]]] = {
    "latency": speed.latency,
    "throughput": speed.throughput,
    "compare": speed.compare,
    "stall": speed.stall,
    "flat": speed.flat,
    "clocks": clocks_agree.agree,
    "forecast": forecast,
    "memory": memory,
    "csv": csv_over_bare.ratio,
}


def measure(part: str, repeats: int) -> None:
    """Print the lines of a part; exit code 1 where a goal is missed."""
    sys.exit(bool(show(PARTS[part](repeats))))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    failed = 0
    for part in given.parts or PARTS:
        # What one leaves in memory is not part of the next, nor of its peak.
        process = get_context("spawn").Process(target=measure, args=(part, given.repeats))
        process.start()
        process.join()
        failed |= process.exitcode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
