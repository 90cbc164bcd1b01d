"""``diff``: the changes between two saved runs. Sends no requests."""

from __future__ import annotations

from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click

from tui_app.export.destinations import check_outputs
from tui_app.runs.difference import release_of

from .messages import Exit, say
from .options import config_option, load
from .output import print_json_rows, print_table, say_written
from .progress import opened

MOST_SHOWN: Final = 1_000
"""Rows of a table for people."""


@click.command(
    epilog="Example: iucn-tui diff 12 last --csv changes.csv\n\nTwo saved Red List versions: "
    "iucn-tui diff 2025-2 2026-1"
)
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="RUN")
@click.option("--field", "fields", multiple=True, metavar="NAME", help="also compare this field")
@click.option("--all", "everything", is_flag=True, help="include unchanged rows")
@click.option("--csv", "csv_file", metavar="FILE", help="rows as CSV; -: stdout")
@click.option("--json", "as_json", is_flag=True, help="print the rows as a JSON list")
@config_option
def diff(before: str, after: str, **options: Any) -> int:
    """Show the assessments that changed between two runs.

    Rows are added, removed or changed. RUN is an id, or last; a Red List version or an operation
    means its newest run. Rows are compared by taxon and scope, or by assessment if they have no
    taxa. If a taxon has several assessments in a scope, the latest is compared, else the newest.
    """
    csv_file, as_json = options["csv_file"], options["as_json"]
    settings = load({}).settings
    if csv_file is not None:
        check_outputs([("csv", csv_file)], home=settings.home, stdout_taken=as_json)
    with opened(settings) as service:
        found = service.difference(before, after, options["fields"])
        one, other = (f"run {row.run} ({release_of(row)})" for row in found.runs)
        say(f"From {one} to {other}: {found.summary}.")
        for doubt in found.doubts:
            say(f"Note: {doubt}")
        rows = partial(found.rows, everything=options["everything"])
        if csv_file is not None:
            runs = [row.run for row in found.runs]
            say_written([service.write_rows(Path(csv_file), rows(), found.columns, *runs)])
        if as_json:
            print_json_rows(rows())
        elif csv_file is None:
            shown = [tuple(row.values()) for row in islice(rows(), MOST_SHOWN + 1)]
            if shown:
                print_table(found.columns, shown[:MOST_SHOWN])
            if len(shown) > MOST_SHOWN:
                say(f"The first {MOST_SHOWN:,} rows are shown. --csv FILE writes all.")
    if found.damage:
        say(
            f"iucn-tui: {found.damage} Their rows appear as added or removed. "
            "`iucn-tui resume RUN` fetches them again."
        )
        return Exit.PARTIAL
    return Exit.OK
