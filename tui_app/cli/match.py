"""``match``: find a list of names in saved runs. Sends no requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from tui_app.export.destinations import check_outputs
from tui_app.redlist import NAMES, Record

from .messages import Exit, say
from .options import config_option, csv_safe_option, load, query_from_options, quiet_option
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
@click.option("--column", metavar="NAME", help="column of the names in a table")
@click.option("--csv", "csv", metavar="FILE", help="one row per line, as CSV; -: stdout")
@click.option("--jsonl", "jsonl", metavar="FILE", help="one row per line, as JSON Lines; -: stdout")
@click.option("--json", "as_json", is_flag=True, help="print one row per line, as a JSON list")
@click.option("--wide", is_flag=True, help="add every field of the taxon and the assessment")
@csv_safe_option
@quiet_option
@config_option
def match_file(file: str, **options: Any) -> int:
    """Find the names in FILE in saved runs. Sends no requests.

    FILE is read like that of `fetch species --names FILE`; - is stdin. Synonyms are matched if full
    responses are saved: of species by name, of taxa, of assessments. Names that are not found are
    listed with names of similar spelling.
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
