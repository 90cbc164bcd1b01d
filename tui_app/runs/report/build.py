"""A report of a comparison, from the outcome down to the command that does it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui_app.compare import Comparison, explain
from tui_app.export.report import Command, Part, Picture, Points, Report, Section, Words
from tui_app.store import AttemptRow

from . import tables, words
from .again import command
from .figures import median_run, times_figure, waterfall_figure


def make_report(
    outcome: Comparison,
    attempts: Callable[[str], Sequence[AttemptRow]],
    red_list_version: str | None = None,
) -> Report:
    """The report.

    Args:
        outcome: with one timed run at least.
        attempts: gives the attempts of a run, by request and attempt; none where they are gone.
        red_list_version: what the server said its data are; None where nobody knows.
    """
    about, most = words.about(outcome), outcome.most_pages
    at = f"{most} page{'s' * (most != 1)}"
    return Report(
        title=words.title(outcome),
        subtitle=about,
        notices=tuple(words.notices(outcome)),
        headline=outcome.sentence() or words.medians(outcome),
        reasons=tuple(explain(outcome)),
        sections=(
            Section(
                "Execution time by number of pages",
                (
                    Picture(times_figure(outcome.runs, outcome.summary, about)),
                    tables.times(outcome),
                ),
            ),
            Section(
                f"Where the time went at {at}",
                (tables.where(outcome), Points(tuple(words.columns_of_where(outcome)))),
            ),
            Section(f"Request by request at {at}", _requests(outcome, attempts, about)),
            Section("Settings", (tables.settings(outcome),)),
            Section("Versions and machine", (tables.environment(outcome),)),
            Section("How it was measured", (Points(tuple(words.how(outcome))),)),
            Section("Whose data", words.whose(outcome, red_list_version)),
            Section(
                "When, and how to do it again",
                (
                    Words(words.when(outcome)),
                    Command(command(outcome.settings)),
                ),
            ),
        ),
    )


def _requests(
    outcome: Comparison, attempts: Callable[[str], Sequence[AttemptRow]], about: str
) -> tuple[Part, ...]:
    """The waterfalls, of each method's run with the median time."""
    shown, gone = [], []
    for method in outcome.rows_at(outcome.most_pages):
        run = median_run(outcome, method)
        found = attempts(run.run)
        if found:
            shown.append((run, found))
        else:
            gone.append(method)
    parts: list[Part] = []
    if shown:
        several = len(outcome.settings.get("operations", ())) > 1
        figure = waterfall_figure(shown, about, several=several)
        parts += [Words(words.OF_WATERFALLS), Picture(figure, tables.requests(figure))]
    if gone:
        parts.append(Words(f"No longer kept: the requests of {', '.join(gone)}."))
    return tuple(parts)


__all__ = ["make_report"]
