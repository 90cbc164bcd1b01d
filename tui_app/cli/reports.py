"""Reports of comparisons: where to, of which one, and what is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tui_app.export import check_outputs
from tui_app.export.report import check_report
from tui_app.redlist.errors import RedListError, UsageError
from tui_app.runs import Comparison, Service
from tui_app.settings import Settings

from .messages import say
from .options import FILTER_OPTIONS


def comparison_paths(options: dict[str, Any], settings: Settings) -> tuple[Path | None, list[Path]]:
    """The CSV and the reports that were asked for, checked before anything is timed for them.

    Raises:
        UsageError: a name says no format, a file can't be written, or the program needs it.
    """
    csv, reports = options["csv_file"], options["reports"]
    outputs = [("times", csv)] if csv is not None else []
    outputs += [("report", text) for text in reports]
    check_outputs(outputs, home=settings.home, stdout_taken=options["as_json"])
    for text in reports:
        check_report(Path(text))
    return None if csv is None else Path(csv), [Path(text) for text in reports]


def check_again(operations: tuple[str, ...], options: dict[str, Any], *settings: str) -> None:
    """Check that nothing is asked of a comparison that was made which only a new one could do.

    Raises:
        UsageError: an operation, filter or setting was given besides ``--again``.
    """
    names = [one for one in (*settings, *FILTER_OPTIONS) if options[one] is not None]
    given = [f"--{name.replace('_', '-')}" for name in names]
    given += ["--param"] * bool(options["params"]) + ["--live"] * options["live"]
    if operations or given:
        raise UsageError(
            f"--again shows a comparison as it was made: {(*operations, *given)[0]} can't change "
            "it.",
            "Leave out one of them.",
        )


def write_reports(service: Service, outcome: Comparison, paths: list[Path], *, quiet: bool) -> bool:
    """Write reports, each said on stderr; whether all of them were written."""
    written = True
    for path in paths:
        try:
            service.report(outcome, path)
        except RedListError as error:
            say(f"iucn-tui: {error}")
            written = False
        else:
            if not quiet:
                say(f"report to {path}")
    if not written and outcome.runs:
        advice = f"iucn-tui compare --again {outcome.comparison or 'last'} --report F"
        say(f"The figures are kept: `{advice}` writes it elsewhere.")
    return written
