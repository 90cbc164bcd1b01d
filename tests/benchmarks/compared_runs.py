"""What diff and counts of kept runs of 160,000 rows take: seconds and memory, each in a process.

    PYTHONPATH=. python tests/benchmarks/compared_runs.py [--rows 160000]

The rows are invented, a taxon each; in the second run one in fifty has another category, one in
eighty is gone, and as many are new. The goal of a difference is 5 s, that of counts 1 s, that of
both 200 MB. The time is that of the whole command less that of a command that reads no rows; the
least of three counts. The processor's time tells how busy the machine was.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from tests.support.kept_rows import assessed, keep_rows
from tui_app.store import Store

GOAL_MB = 200
CATEGORIES = ("LC", "LC", "LC", "DD", "NT", "VU", "EN", "CR")
COMMANDS = {
    "diff": (5.0, ("diff", "1", "2", "--csv", "-")),
    "diff --all": (5.0, ("diff", "1", "2", "--all", "--csv", "-")),
    "counts": (1.0, ("show", "2", "--counts")),
    "counts of two fields": (1.0, ("show", "2", "--counts", "category", "scopes_description")),
}


def make_runs(home: Path, count: int) -> None:
    """Keep two runs of so many rows."""
    store = Store(home)
    for later in (False, True):
        rows = []
        for taxon in range(count):
            change = later and taxon % 50 == 0
            number = taxon + count if later and taxon % 80 == 0 else taxon
            category = CATEGORIES[(taxon + change) % len(CATEGORIES)]
            more = {"assessment_date": "2020-05-17T00:00:00.000Z", "criteria": "B1ab(iii)"}
            more["url"] = f"https://www.iucnredlist.org/species/{number}/{number + 10**6}"
            new = {"assessment_id": number + 10**7} if change else {}
            rows.append(assessed(number, category, **more, **new))
        keep_rows(store, rows, "red_list_categories/CR", version="2026-1" if later else "2025-2")
    store.close()


def measured(home: Path, *args: str) -> tuple[float, float, float]:
    """Seconds, seconds of the processor, and MB of a command."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_app", *args],
        env={**os.environ, "IUCN_TUI_HOME": str(home), "HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=160_000)
    count = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        # In a process of its own: a child's peak of memory begins with that of its parent.
        maker = get_context("spawn").Process(target=make_runs, args=(home, count))
        maker.start()
        maker.join()
        start_s, start_cpu_s, _ = min(measured(home, "runs") for _ in range(3))
        met = True
        for name, (goal_s, args) in COMMANDS.items():
            seconds, cpu_s, memory_mb = min(measured(home, *args) for _ in range(3))
            ok = seconds - start_s <= goal_s and memory_mb <= GOAL_MB
            met &= ok
            print(
                f"{name:<21} {seconds - start_s:5.2f} s of {goal_s:.0f} s "
                f"(processor {cpu_s - start_cpu_s:5.2f} s)  {memory_mb:4.0f} MB of {GOAL_MB} MB  "
                f"{'met' if ok else 'NOT MET'}",
                flush=True,
            )
    return not met


if __name__ == "__main__":
    sys.exit(main())
