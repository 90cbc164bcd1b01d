"""Time and memory of ``match`` with 10,000 names against 160,000 saved rows, as a process.

    python tests/benchmarks/match_names.py [--repeats 5] [--full 2000]

The rows are of as many taxa, in pages of 100; full answers on some of them tell synonyms. Of the
names, most are found, 300 are synonyms, 1,200 are misspelt or of no taxon, and 88 malformed. The
processor's time is printed, too: unlike the clock's, it hardly grows beside other programs.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
from multiprocessing import Process
from pathlib import Path
from time import perf_counter

from tests.support.kept_taxa import full, keep, listed, page_of, taxon_of
from tui_app.store import Store

GOAL_S = 3.0
GOAL_MB = 200
ROWS = 160_000
PAGE_ROWS = 100
SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "la",
    "me",
    "ni",
    "po",
    "ru",
    "sa",
    "te",
    "vi",
    "xo",
    "bran",
)


def make_names(chance: random.Random) -> list[str]:
    """Different names of species, about ten a genus, a tenth of them of subspecies."""

    def word(syllables: int) -> str:
        return "".join(chance.choices(SYLLABLES, k=syllables))

    genera = [f"{word(3)}us".capitalize() for _ in range(ROWS // 10)]
    names: dict[str, None] = {}
    while len(names) < ROWS:
        name = f"{chance.choice(genera)} {word(3)}is"
        names[f"{name} ssp. {word(2)}a" if chance.random() < 0.1 else name] = None
    return list(names)


def make_list(names: list[str], synonyms: list[str], chance: random.Random) -> list[str]:
    """The user's list: 8,412 names that are kept, 300 synonyms, 1,200 others, 88 malformed."""
    others = chance.sample(names, 1200)
    for at, name in enumerate(others):
        genus, _, rest = name.partition(" ")
        typed = f"{name[:3]}y{name[4:]}" if at % 4 else f"{name[:-3]}y{name[-2:]}"
        others[at] = typed if at % 2 else f"{genus}onella {rest}"
    lines = chance.sample(names, 8412) + synonyms[:300] + others + ["Genus sp."] * 88
    chance.shuffle(lines)
    return lines


def save(folder: Path, many: int) -> None:
    """Save the rows, so many full answers, and the user's list."""
    chance = random.Random(0)
    names = make_names(chance)
    store = Store(folder)
    pages = [
        page_of(
            *(
                listed(name, 10 * (start + at) + 7, criteria="B1ab(i,ii,iii)+2ab(i,ii,iii)")
                for at, name in enumerate(names[start : start + PAGE_ROWS])
            )
        )
        for start in range(0, ROWS, PAGE_ROWS)
    ]
    keep(store, *pages)
    synonyms, answers = [], []
    for number, name in enumerate(chance.sample(names, many)):
        synonyms.append(f"Olim{name[:4].lower()} {name.split()[1]}")
        # What a full assessment has besides: documentation, references, habitats, threats.
        text = {"documentation": {"range": "It lives <em>nowhere</em>. " * 800}}
        answers.append(full(taxon_of(name, synonyms[-1]), 10 * number + 8) | text)
    keep(store, *answers)
    store.close()
    lines = make_list(names, synonyms, chance)
    (folder / "names.txt").write_text("\n".join(lines), encoding="utf-8")


def run(folder: Path) -> tuple[float, float, float, str]:
    """One match as a process: seconds, its processor's seconds, peak memory in MB, what it says."""
    command = [sys.executable, "-m", "tui_app", "match", str(folder / "names.txt")]
    start = perf_counter()
    process = subprocess.Popen(
        [*command, "--csv", str(folder / "found.csv")],
        env={**os.environ, "IUCN_TUI_HOME": str(folder)},
        stderr=subprocess.PIPE,
        text=True,
    )
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    seconds = perf_counter() - start
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3, said


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--full", type=int, default=2000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        # In a process of its own: a child's peak memory is never less than its parent's.
        saving = Process(target=save, args=(folder, args.full))
        saving.start()
        saving.join()
        assert saving.exitcode == 0
        done = [run(folder) for _ in range(args.repeats)]
    print(done[0][-1].strip())
    for what, value, goal, unit in (
        ("time, median", statistics.median(one[0] for one in done), GOAL_S, "s"),
        ("processor", statistics.median(one[1] for one in done), GOAL_S, "s"),
        ("peak memory", max(one[2] for one in done), GOAL_MB, "MB"),
    ):
        met = "met" if value <= goal else "not met"
        print(f"{what:<13} {value:7.2f} {unit:<2} (goal {goal:g}) {met}")


if __name__ == "__main__":
    main()
