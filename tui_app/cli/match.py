"""``match``: a list of names against what is kept; nothing is requested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from tui_app.export.destinations import check_outputs
from tui_app.redlist import NAMES, Record

from .messages import Exit, say
from .options import config_option, load, query_from_options
from .output import print_json, print_table, say_written
from .progress import opened

_SHOWN: Final = {
    "line": "line",
    "input": "input",
    "outcome": "outcome",
    "matched_name": "name",
    "red_list_category_code": "category",
    "year_published": "year",
    "near_matches": "near matches",
    "message": "message",
}
"""Columns of the table on a terminal, with their headings."""


@click.command("match", epilog="Example: iucn-tui match species.txt --csv matched.csv")
@click.argument("file", metavar="FILE")
@click.option("--column", metavar="NAME", help="the table's column of names, by its heading")
@click.option("--csv", "csv", metavar="F", help="one row per line, as CSV; - is stdout")
@click.option("--jsonl", "jsonl", metavar="F", help="the same as JSON Lines; - is stdout")
@click.option("--json", "as_json", is_flag=True, help="the same on stdout, as a JSON list")
@click.option("--wide", is_flag=True, help="add every other field of the taxon and assessment")
@click.option(
    "--csv-safe", is_flag=True, help="quote cells that a spreadsheet would run as formulas"
)
@click.option("-q", "--quiet", is_flag=True, help="less on stderr")
@config_option
def match_file(file: str, **options: Any) -> int:
    """Find the names in FILE among all that is kept, with synonyms. Requests nothing.

    FILE is read as by `fetch species --names FILE`; - is stdin. Synonyms are known where full
    answers are kept: of species by name, of taxa, of assessments. Names that are not found get
    those that are spelt alike.
    """
    settings = load({}).settings
    outputs = {form: options[form] for form in ("csv", "jsonl") if options[form] is not None}
    check_outputs(
        outputs.items(), home=settings.home, inputs=[file], stdout_taken=options["as_json"]
    )
    asked = {"names": file, "column": options["column"]}
    query = query_from_options((NAMES,), replace(settings, api="v4"), asked)
    with opened(settings) as service:
        found = service.match(query.lines)
    written = [
        found.write(form, Path(path), wide=options["wide"], safe=options["csv_safe"])
        for form, path in outputs.items()
    ]
    if not options["quiet"]:
        say_written(written)
        say(found.in_words())
    if options["as_json"]:
        print_json(list(found.rows(wide=options["wide"])))
    elif not outputs:
        print_table(list(_SHOWN.values()), list(_cells(found.rows())), "r")
    return Exit.OK


def _cells(rows: Iterator[Record]) -> Iterator[list[object]]:
    for row in rows:
        yield [row.get(name) for name in _SHOWN]
