"""Many requests with faults on: do memory, sockets and threads stay flat, and is nothing lost?

    PYTHONPATH=. python tests/soak/endurance.py --requests 20000 --seed 0

A server in a process of its own spoils every fifth answer with a fault of the fault table
(``tests/faults/table.py``), drawn by seed; stalls and drips, which take the whole time-out, are
drawn less often. 429s are left out, for they would lower the pace for good, and so is what stops
a run or can't be mended. The fetch goes through the service into a store, as the program's own,
each method in a process of its own. Looked at every 500 kept pages; flat is

- memory: no more than 10 MB above what it was after a tenth of the pages;
- sockets and other files, and threads: never more than after that tenth, but for those in flight;
- all pages kept once, and nothing left open at the end.

A run by hand, not part of the suite: three methods take some ten minutes.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

from tests.support.faults import FAULTS, Fault, Serve
from tests.support.faulty_server import ROWS, FaultyServer
from tui_app.fetch import Event, State
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

EVERY = 5
LOOK_EVERY = 500
IN_FLIGHT = 8
SLOW_SHARE = 0.02
MEMORY_GOAL_MB = 10.0
TIMEOUT_S = 0.5


def serve(pages: int, seed: int, pipe: Connection) -> None:
    """The server's process: tells its address, then, when asked, what it did."""
    mended = [one for one in FAULTS if one.then == "retried" and one.kind != "throttled"]
    slow = [one for one in mended if one.kind == "timeout"]
    quick = [one for one in mended if one.kind != "timeout"]
    draw, lock = random.Random(seed), threading.Lock()
    spoilt: Counter[str] = Counter()

    def spoil(sock: object, body: bytes) -> object:
        with lock:
            fault = draw.choice(slow if draw.random() < SLOW_SHARE else quick)
            spoilt[fault.name] += 1
        return fault.serve(sock, body)  # type: ignore[arg-type]

    mix: Serve = spoil
    with closing(FaultyServer(Fault("mix", mix, "", "", ""), EVERY, pages)) as server:
        pipe.send(server.base_url)
        pipe.recv()
        pipe.send((len(server.asked), dict(spoilt)))


class Watch:
    """An observer that looks at the process as pages are kept.

    Attributes:
        looks: pages kept, memory in MB, open files, threads.
    """

    def __init__(self) -> None:
        self._kept = 0
        self.looks: list[tuple[int, float, int, int]] = []

    def __call__(self, event: Event) -> None:
        """Count, and look now and then."""
        self._kept += event.state is State.KEPT
        if event.state is State.KEPT and self._kept % LOOK_EVERY == 0:
            self.looks.append((self._kept, *look()))


def look() -> tuple[float, int, int]:
    """Memory in MB, open files, threads of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    memory_mb = pages * resource.getpagesize() / 1e6
    return memory_mb, len(os.listdir("/proc/self/fd")), threading.active_count()


def fetch(method: str, base_url: str, pages: int) -> bool:
    """Fetch all of it by one method, and say whether that was flat."""
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            source="live", base_url=base_url, method=method, concurrency=IN_FLIGHT, rate=None,
            timeout_s=TIMEOUT_S, retries=8, home=Path(folder),
            backoff_s=0.005,  # else it takes a day
        )  # fmt: skip
        before = look()
        began = time.monotonic()
        with closing(Service(settings)) as service:
            done = service.fetch(make_query(["countries/MG"]), settings, observer=watch)
        seconds = time.monotonic() - began
        gc.collect()
        after = look()
    early = watch.looks[max(1, len(watch.looks) // 10) - 1]
    most = [max(one[place] for one in watch.looks) for place in range(4)]
    print(f"{method}: {done.pages:,} of {pages:,} pages, {done.records:,} records, "
          f"{done.retries:,} retries, {done.failed} failed, {seconds:.0f} s")  # fmt: skip
    for kept, memory_mb, files, threads in watch.looks[:: max(1, len(watch.looks) // 8)]:
        print(f"  {kept:>7,} pages {memory_mb:7.1f} MB {files:4} files {threads:3} threads")
    print(f"  at the end, the store closed: {after[0]:.1f} MB, {after[1]} files, {after[2]} threads"
          f" (before: {before[1]} files, {before[2]} threads)")  # fmt: skip
    flat = (
        done.complete
        and done.records == pages * ROWS
        and most[1] <= early[1] + MEMORY_GOAL_MB
        and most[2] <= early[2] + IN_FLIGHT
        and most[3] <= early[3] + IN_FLIGHT
        and after[1] <= before[1] + 1
        and after[2] <= before[2]
    )
    print(f"  memory above that after a tenth: {most[1] - early[1]:+.1f} MB; "
          f"{'flat, nothing lost' if flat else 'NOT FLAT'}", flush=True)  # fmt: skip
    return flat


def main() -> int:
    """Each method in turn, against a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=20_000, help="by each method")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--methods", nargs="+", choices=DEFAULT_METHODS, default=DEFAULT_METHODS)
    given = parser.parse_args()
    pages = given.requests * (EVERY - 1) // EVERY
    spawn = multiprocessing.get_context("spawn")
    flat = True
    for method in given.methods:
        here, there = spawn.Pipe()
        server = spawn.Process(target=serve, args=(pages, given.seed, there))
        server.start()
        base_url = here.recv()
        with spawn.Pool(1) as pool:
            flat &= pool.apply(fetch, (method, base_url, pages))
        here.send(None)
        asked, spoilt = here.recv()
        server.join()
        print(f"  the server was asked {asked:,} times and spoilt {sum(spoilt.values()):,} answers "
              f"in {len(spoilt)} ways", flush=True)  # fmt: skip
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
