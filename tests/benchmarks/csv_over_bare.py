"""Time of a CSV of 160,000 records over that of a loop without anything of ours.

    python tests/benchmarks/csv_over_bare.py [--repeats 7] [--pages 1600]

Both decode the same pages of the demo's rows and write the same bytes. The bare loop has the
pages in memory, knows the columns beforehand and what is in them: msgspec, a tuple written by
hand, csv.writer. Ours is what ``export`` does with a kept run: pages come from the store, checked
against their hash, and ``write_csv`` learns the columns as they come. The two take turns; the
ratio is the median of the rounds'.
"""

from __future__ import annotations

import argparse
import csv
import gc
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import msgspec

from tests.benchmarks.goals import Line, middle, show
from tui_app.demo.answer import V4
from tui_app.demo.catalogue import Catalogue
from tui_app.demo.response import dump
from tui_app.export.csv_file import write_csv
from tui_app.runs.records import RunRecords
from tui_app.store import NewRun, PageRow, RunState, Store

GOAL = 1.5
PAGE_ROWS = 100
COLUMNS = (
    *("assessment_date", "year_published", "latest", "possibly_extinct"),
    *("possibly_extinct_in_the_wild", "sis_taxon_id", "criteria", "url", "taxon_scientific_name"),
    *("red_list_category_code", "assessment_id", "code", "code_type"),
    *("scopes_description", "scopes_code"),
)
WORDS = {True: "true", False: "false"}


def make_pages(count: int) -> list[bytes]:
    """Pages of a list of one code, as the server sends them."""
    server = V4(Catalogue(), "")
    coded = {"code": "CR", "code_type": "red_list_category"}
    return [
        dump(
            {
                "red_list_category": [{"code": "CR"}],
                "assessments": server.rows(range(n * PAGE_ROWS, (n + 1) * PAGE_ROWS), coded),
            }
        )
        for n in range(count)
    ]


def bare(path: Path, pages: list[bytes]) -> None:
    """What it takes at least."""
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(COLUMNS)
        for page in pages:
            for row in msgspec.json.decode(page)["assessments"]:
                scopes = row["scopes"]
                write(
                    (
                        (row["assessment_date"] or "")[:10],
                        row["year_published"],
                        WORDS[row["latest"]],
                        WORDS[row["possibly_extinct"]],
                        WORDS[row["possibly_extinct_in_the_wild"]],
                        row["sis_taxon_id"],
                        row["criteria"],
                        row["url"],
                        row["taxon_scientific_name"],
                        row["red_list_category_code"],
                        row["assessment_id"],
                        row["code"],
                        row["code_type"],
                        "|".join([scope["description"]["en"] for scope in scopes]),
                        "|".join([scope["code"] for scope in scopes]),
                    )
                )


def keep(store: Store, pages: list[bytes]) -> str:
    """Keep the pages as a run has them; gives its id."""
    asked = ("red_list_categories/CR",)
    run = store.begin(NewRun("live", "v4", "http://h", "asyncio", asked[0], asked, {}))
    for number, page in enumerate(pages, 1):
        path = f"/api/v4/{asked[0]}?page={number}"
        row = PageRow(0, number, path, 200, PAGE_ROWS, None, None, None, page, "assessments")
        store.keep(run, [(row, None)])
    # As a fetch ends: then no row came twice, and an export need not look for one.
    store.end(run, RunState.COMPLETE, {"complete": True, "repeated": 0})
    return run


def seconds(work: Callable[[], object]) -> float:
    """How long one takes."""
    gc.collect()
    start = perf_counter()
    work()
    return perf_counter() - start


def ratio(repeats: int, count: int = 1600) -> Iterator[Line]:
    """Ours over bare."""
    pages = make_pages(count)
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder, "bare.csv"), Path(folder, "ours.csv")
        store = Store(Path(folder))
        run = keep(store, pages)
        works: dict[str, Callable[[], object]] = {
            "bare": lambda: bare(one, pages),
            "ours": lambda: write_csv(other, RunRecords(store, store.run(run))),
        }
        for repeat in range(repeats + 1):
            for name, work in works.items():
                taken = seconds(work)
                if repeat:  # the first round warms up
                    times[name].append(taken)
        store.close()
        assert one.read_bytes() == other.read_bytes()
    ratios = [own / least for least, own in zip(*times.values(), strict=True)]
    detail = ", ".join(f"{name} {statistics.median(found):.3f} s" for name, found in times.items())
    yield middle(f"CSV of {count * PAGE_ROWS:,} rows / bare", ratios, GOAL, detail=detail)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--pages", type=int, default=1600)
    args = parser.parse_args()
    show(ratio(args.repeats, args.pages))


if __name__ == "__main__":
    main()
