"""Time of a CSV of 160,000 records over that of a loop without anything of ours.

    python tests/benchmarks/csv_over_bare.py [--repeats 7] [--pages 1600]

Both decode the same pages of the demo's rows and write the same bytes. The bare loop knows the
columns beforehand and what is in them: msgspec, a tuple written by hand, csv.writer. Ours is
``redlist.records``, and ``write_csv``, which learns the columns as they come. The two take turns;
the ratio is that of the medians.
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

from tui_app.demo.catalogue import Catalogue
from tui_app.demo.rows import Rows
from tui_app.export import write_csv
from tui_app.redlist import Record, parse_target, records

GOAL = 1.3
PAGE_ROWS = 100
COLUMNS = (
    *("year_published", "latest", "possibly_extinct", "possibly_extinct_in_the_wild"),
    *("sis_taxon_id", "url", "taxon_scientific_name", "red_list_category_code"),
    *("assessment_date", "criteria", "assessment_id", "code", "code_type"),
    *("scopes_description", "scopes_code"),
)
WORDS = {True: "true", False: "false"}


def make_pages(count: int) -> list[bytes]:
    """Pages of a list of one code, as the server sends them."""
    rows = Rows(Catalogue())
    coded = '"code":"CR","code_type":"red_list_category",'
    head = '{"red_list_category":[{"code":"CR"}],"assessments":'
    return [
        f"{head}{rows.rows(range(n * PAGE_ROWS, (n + 1) * PAGE_ROWS), coded)}}}".encode()
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
                        row["year_published"],
                        WORDS[row["latest"]],
                        WORDS[row["possibly_extinct"]],
                        WORDS[row["possibly_extinct_in_the_wild"]],
                        row["sis_taxon_id"],
                        row["url"],
                        row["taxon_scientific_name"],
                        row["red_list_category_code"],
                        row["assessment_date"],
                        row["criteria"],
                        row["assessment_id"],
                        row["code"],
                        row["code_type"],
                        "|".join([scope["description"]["en"] for scope in scopes]),
                        "|".join([scope["code"] for scope in scopes]),
                    )
                )


def ours(path: Path, pages: list[bytes]) -> None:
    """What an export does."""
    operation = parse_target("red_list_categories/CR", "v4").operation

    def kept() -> Iterator[Record]:
        for page in pages:
            yield from records(operation, page)

    write_csv(path, kept())


def seconds(work: Callable[[Path, list[bytes]], None], path: Path, pages: list[bytes]) -> float:
    """How long one takes."""
    gc.collect()
    start = perf_counter()
    work(path, pages)
    return perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--pages", type=int, default=1600)
    args = parser.parse_args()
    pages = make_pages(args.pages)
    times: dict[Callable[[Path, list[bytes]], None], list[float]] = {bare: [], ours: []}
    with tempfile.TemporaryDirectory() as folder:
        paths = {bare: Path(folder, "bare.csv"), ours: Path(folder, "ours.csv")}
        for repeat in range(args.repeats + 1):
            for work, path in paths.items():
                found = seconds(work, path, pages)
                if repeat:  # the first round warms up
                    times[work].append(found)
        assert paths[bare].read_bytes() == paths[ours].read_bytes()
    for work, found in times.items():
        print(f"{work.__name__:<5} {statistics.median(found):.3f} s  (min {min(found):.3f})")
    ratio = statistics.median(times[ours]) / statistics.median(times[bare])
    print(f"ours/bare {ratio:.2f}  (of minima {min(times[ours]) / min(times[bare]):.2f}; "
          f"goal {GOAL:.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
