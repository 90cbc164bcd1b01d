"""The whole Red List in full, on paper: how long it takes by pace and requests in flight.

    PYTHONPATH=. python tests/benchmarks/whole_red_list.py [--paces 2+90/120,off] [--flying 1,4,8]

163,040 assessments (the API's count of species, one latest assessment each) in 1,631 list pages of
a hundred, each followed to its full assessment; nothing is asked of anybody. Latencies are those
that have been seen of the real API: a list page 0.6 to 1.6 s, a full assessment 0.25 s (rredlist
1.1.1's benchmark vignette). It is the forecast of such a run.
"""

from __future__ import annotations

import argparse
from time import perf_counter

from tui_app.cli.output import print_table
from tui_app.compare.forecast import Forecaster, duration
from tui_app.compare.workload import ASSESSMENT, PAGE, ListSize, Work, Workload
from tui_app.fetch import Plan
from tui_app.redlist import make_query
from tui_app.redlist.rate_limit import Window

ASSESSMENTS, PAGES = 163_040, 1_631
PAGE_S = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.6)
ASSESSMENT_S = (0.2, 0.22, 0.24, 0.25, 0.25, 0.25, 0.26, 0.28, 0.3)
SETUP_S = 0.1
COST_S = 0.003
"""What a request costs this computer, more or less: it hardly matters here."""


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--paces", default="2+90/120,2,5,off")
    parser.add_argument("--flying", default="1,4,8")
    given = parser.parse_args()
    flying = [int(text) for text in given.flying.split(",")]
    workload = Workload(
        # Often enough that they are drawn as they are.
        {PAGE: PAGE_S * 10, ASSESSMENT: ASSESSMENT_S * 10},
        setup_s=SETUP_S,
        costs_s={"asyncio": COST_S},
    )
    # Any one list will do: the arithmetic is the same.
    query = make_query(["taxa/kingdom/ANIMALIA"], details=True)
    rows = []
    began, requests = perf_counter(), 0
    for pace in given.paces.split(","):
        cells = []
        for concurrency in flying:
            starts, _, span = pace.partition("+")
            plan = Plan(
                query,
                "http://127.0.0.1",
                concurrency=concurrency,
                rate=None if starts == "off" else float(starts),
                window=Window.read(span) if span else None,
            )
            work = Work(plan, {0: ListSize(PAGES, ASSESSMENTS)})
            run = Forecaster(work, workload, 1).row("asyncio", concurrency)
            requests += run.requests
            cells.append(f"{duration(run.seconds)} ({run.limit})")
        rows.append((pace, *cells))
    print_table(("pace", *(f"{count} in flight" for count in flying)), rows)
    print(f"{requests:,} requests foretold in {perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
