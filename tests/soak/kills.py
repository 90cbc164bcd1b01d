"""Kill the program with signal 9 at random moments, resume, and compare with a run left alone.

    PYTHONPATH=. python tests/soak/kills.py --kills 200 --seed 0

Each trial has a store of its own. It starts a fetch, kills it at a moment drawn from the whole of
its life (imports, first page, commits, export), looks into the store, and resumes with a method
drawn anew. It counts as passed when

- every page that was committed at the kill is there after it, and was not asked for again;
- no more requests were made twice than were in flight at the kill;
- the CSV of the resumed run is, byte for byte, that of an undisturbed one.

A run by hand, not part of the suite: 200 kills take some ten minutes.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tui_app.demo import DemoServer
from tui_app.methods import DEFAULT_METHODS

IN_FLIGHT = 8
JOBS = (
    ("countries/MG",),
    ("countries/VA", "countries/MC", "--pages", "1", "--details"),
)
UNCOMMITTED_S = 0.1
"""What arrived in so many seconds may not be committed yet on a busy machine."""
DELAY_S = {"sequential": 0.01, "threads": 0.08, "asyncio": 0.08}


@dataclass
class Trial:
    """What one kill came to."""

    method: str
    resumed_by: str
    job: int
    after_s: float
    kept: int
    asked_before: int
    asked_again: int
    committed_asked_again: int
    lost: int
    same: bool

    @property
    def passed(self) -> bool:
        """Whether nothing was lost, and no more requested again than may be.

        That is what was in flight, and what arrived in the last moments before the kill.
        """
        flying = 1 if self.method == "sequential" else IN_FLIGHT
        may_be = flying * (1 + math.ceil(UNCOMMITTED_S / DELAY_S[self.method]))
        return (
            self.same
            and not self.lost
            and not self.committed_asked_again
            and self.asked_again <= may_be
        )


def program(home: Path, *args: str) -> subprocess.Popen[bytes]:
    """Start the program with a store of its own."""
    environ = {**os.environ, "IUCN_TUI_HOME": str(home)}
    command = [sys.executable, "-m", "tui_app", *args]
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def committed(home: Path) -> set[str]:
    """Paths of the pages that a store has."""
    file = home / "runs.sqlite3"
    if not file.exists():
        return set()
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as sql:
        try:
            return {path for (path,) in sql.execute("SELECT path FROM pages")}
        except sqlite3.OperationalError:  # killed before the tables were made
            return set()


class Log:
    """What a server was asked since the last look: paths with their queries."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0

    def new(self) -> Counter[str]:
        """How often each was asked for."""
        lines = self._file.read_text().splitlines()
        fresh, self._read = lines[self._read :], len(lines)
        found: Counter[str] = Counter()
        for line in fresh:
            said = json.loads(line)
            query = "&".join(f"{name}={value}" for name, value in said["query"].items())
            if "information/" not in said["path"]:
                found[f"{said['path']}?{query}" if query else said["path"]] += 1
        return found


def fetch(job: int, method: str, base_url: str, csv: Path) -> tuple[str, ...]:
    """The command line of a job."""
    return (
        *("fetch", *JOBS[job], "--base-url", base_url, "--method", method),
        *("--concurrency", str(IN_FLIGHT), "--csv", str(csv), "-q"),
    )


@dataclass
class Undisturbed:
    """A job as it comes out when nobody kills it."""

    job: int
    method: str
    base_url: str
    whole: bytes
    life_s: float


def trial(draw: random.Random, folder: Path, right: Undisturbed, log: Log) -> Trial:
    """Start, kill, look, resume, compare."""
    home, csv = folder / "home", folder / "a.csv"
    command = fetch(right.job, right.method, right.base_url, csv)
    after_s = draw.uniform(0, 1.05 * right.life_s)
    resumed_by = draw.choice(DEFAULT_METHODS)
    process = program(home, *command)
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before_kill = committed(home)
    if csv.exists() and csv.read_bytes() != right.whole:
        raise SystemExit(f"a file that is not whole: {csv}")
    asked = log.new()
    again = ("resume", "last", "--method", resumed_by, "--csv", str(csv), "-q")
    # Killed before it began, it is begun; after it was complete, it is exported.
    export = ("export", "last", "--csv", str(csv))
    if program(home, *again).wait() == 2 and program(home, *export).wait():
        program(home, *command).wait()
    asked_after = log.new()
    return Trial(
        method=right.method,
        resumed_by=resumed_by,
        job=right.job,
        after_s=after_s,
        kept=len(before_kill),
        asked_before=asked.total(),
        asked_again=(asked & asked_after).total(),
        committed_asked_again=sum(asked_after[path] for path in before_kill),
        lost=len(before_kill - committed(home)),
        same=csv.exists() and csv.read_bytes() == right.whole,
    )


def undisturbed(scratch: Path, job: int, method: str, base_url: str) -> Undisturbed:
    """Carry out a job and leave it alone."""
    home = scratch / f"{method}-{job}"
    home.mkdir()
    csv = home / "a.csv"
    began = time.monotonic()
    if program(home, *fetch(job, method, base_url, csv)).wait():
        raise SystemExit("the undisturbed run failed")
    return Undisturbed(job, method, base_url, csv.read_bytes(), time.monotonic() - began)


def main() -> int:
    """Carry out the trials and print what they came to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    done: list[Trial] = []
    with tempfile.TemporaryDirectory() as scratch:
        for method in DEFAULT_METHODS:
            share = len(range(DEFAULT_METHODS.index(method), options.kills, len(DEFAULT_METHODS)))
            log_file = Path(scratch) / f"{method}.jsonl"
            with DemoServer("fast", delay=DELAY_S[method], log=log_file) as server:
                log = Log(log_file)
                jobs = [
                    undisturbed(Path(scratch), job, method, server.base_url)
                    for job in range(len(JOBS))
                ]
                log.new()
                for number in range(share):
                    with tempfile.TemporaryDirectory(dir=scratch) as folder:
                        one = trial(draw, Path(folder), jobs[number % len(JOBS)], log)
                    done.append(one)
                    if not one.passed:
                        print("FAILED", one, flush=True)
            mine = [one for one in done if one.method == method]
            print(
                f"{method}: {len(mine)} kills at 0 to {max(one.life_s for one in jobs):.1f} s, "
                f"{sum(bool(one.kept) for one in mine)} of them with pages kept "
                f"(median {sorted(one.kept for one in mine)[len(mine) // 2]}); "
                f"lost {sum(one.lost for one in mine)}, "
                f"kept but asked for again {sum(one.committed_asked_again for one in mine)}, "
                f"asked twice at most {max(one.asked_again for one in mine)}, "
                f"same CSV {sum(one.same for one in mine)}",
                flush=True,
            )
    failed = sum(not one.passed for one in done)
    print(f"{len(done)} kills, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
