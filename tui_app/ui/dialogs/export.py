"""Export: where to, in which form, and what came of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import App
from textual.binding import BindingType
from textual.widgets import Button, Input

from tui_app.redlist.errors import RedListError
from tui_app.redlist.text import counted

from .. import keys, messages, text
from ..background import in_thread
from ..fields import Tick
from ..footer import Severity
from ..job import Job, run_in_words
from ..service import ServiceHolder
from . import Dialog, button_row, cancel_button, result_line
from .lists import PathInput, typed_path

if TYPE_CHECKING:
    from tui_app.report.figure import Figure
    from tui_app.runs import Comparison, Exported


FORMATS = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".bib": "bibtex",
    ".svg": "figure",
    ".png": "figure",
    ".html": "report",
    ".htm": "report",
    ".md": "report",
    ".markdown": "report",
}
"""The format by the name's ending."""

SORTS = {
    "csv": "a CSV file",
    "jsonl": "a JSON Lines file",
    "parquet": "Parquet",
    "parquet_folder": "a folder of Parquet files, one for each operation and class",
    "xlsx": "an Excel workbook, its provenance on a second sheet",
    "bibtex": "the citation, as a BibTeX file",
    "figure": "the chart that is shown, and its data as CSV beside it",
    "tables": "a folder of tables of full assessments and of taxa, one CSV a list",
    "report": "a report of the comparison: outcome, chart, requests, tables, settings",
}

_REQUESTS = "-requests.csv"
_MOST_DOWNLOADS = 3
"""Browsers ask before they take many at once."""
_DATA = "-data.csv"

ENDINGS = (
    "The ending says the format: .csv, .jsonl, .parquet (.parquet/ partitioned), .xlsx, .bib, / "
    "for a folder of tables; .svg or .png for the chart."
)
REPORTS = " .html or .md for a report of the comparison."
"""Of a comparison these endings are known as well."""


def format_of(typed: str) -> str | None:
    """The format that a name asks for, or None."""
    from tui_app.export.destinations import parquet_form

    form = FORMATS.get(Path(typed).suffix.lower())
    if form == "parquet":
        return parquet_form(os.path.expanduser(typed))
    return "tables" if typed.endswith("/") else form


def default_name(label: str, *, demo: bool, ending: str = ".csv") -> str:
    """A name for what was fetched: ``demo-red_list_categories-CR.csv``; demo data are invented."""
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", label).strip("-")[:60] or "records"
    return f"{'demo-' if demo else ''}{stem}{ending}"


def requests_path(path: Path) -> Path:
    """Where the requests go that belong to records in ``path``."""
    if path.name in ("", ".."):  # "." has a name as well
        path = Path(os.path.realpath(path))
    return path.parent / f"{path.stem}{_REQUESTS}"


def in_words(written: Sequence[Exported]) -> str:
    """``1,000 rows to felidae.csv (132 kB)``, and the same of the requests."""
    from tui_app.export.tables_folder import tables_in

    parts: list[str] = []
    tables = tables_in(written)
    if tables:
        size = text.size(sum(one.size_bytes for one in tables))
        what = f"{counted(len(tables), 'table')} of {counted(tables[0].rows, 'assessment')}"
        parts.append(f"{what} to {tables[0].path.parent} ({size})")
    rest = [one for one in written if one not in tables]
    parts += [f"{_what(one)} to {one.path} ({text.size(one.size_bytes)})" for one in rest]
    return " ".join([f"{', '.join(parts)}.", *(one.note for one in written if one.note)])


def _what(file: Exported) -> str:
    form, name = FORMATS.get(file.path.suffix.lower()), file.path.name
    if form in ("figure", "report"):
        return "The chart" if form == "figure" else "The report"
    if name.endswith(_DATA):
        return f"its {counted(file.rows, 'row')} of data"
    noun = "citation" if form == "bibtex" else "row"
    return counted(file.rows, "request" if name.endswith(_REQUESTS) else noun)


def deliver(app: App[object], written: Sequence[Exported]) -> str:
    """Hand files to the browser in which the application is seen; what is to be said of it."""
    files = [one.path for one in written if one.path.is_file()]
    if len(files) > _MOST_DOWNLOADS or len(files) < len(written):
        return " They are on the machine that serves this page."
    for file in files:
        app.deliver_binary(file, save_filename=file.name, mime_type="application/octet-stream")
    return " Your browser downloads a copy."


async def written_in_words(
    app: App[Any], write: Callable[[], Sequence[Exported]]
) -> tuple[str, Severity]:
    """Write files away from the screen; what came of it, as a sentence."""
    try:
        written = await in_thread(write)
    except RedListError as error:
        sentence = messages.error_in_words(error)
        if in_part := getattr(error, "written", None):  # without what is damaged
            sentence = f"{in_words(in_part)} {sentence}"
        return sentence, Severity.BAD
    except Exception as error:  # the application outlives a failed export
        return f"Nothing was written: {type(error).__name__}: {error}.", Severity.BAD
    return in_words(written) + (deliver(app, written) if app.is_web else ""), Severity.GOOD


@dataclass(frozen=True, slots=True)
class ShownPanels:
    """What the panels show that an export can write, besides the records of the run."""

    figure: Callable[[], Figure | None]  # the chart that is shown
    ending: str  # of the name that is proposed


class ExportDialog(Dialog[None]):
    """Writes a run's records, stays open to say what came of it.

    Args:
        what: what is written, in words; name: a name for the file.
        figure: gives the chart that is shown; None where there is none.
        comparison: of which a report can be written; None of a fetch.
        one_per_taxon: whether one row per taxon is written, unless the user chooses otherwise.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.EXPORT_DIALOG)
    AUTO_FOCUS = "#path"

    def __init__(
        self,
        service: ServiceHolder,
        run: str,
        what: str,
        name: str,
        figure: Callable[[], Figure | None] = lambda: None,
        *,
        comparison: Comparison | None = None,
        one_per_taxon: bool = False,
    ) -> None:
        self._comparison = comparison
        one = Tick("one row per taxon", one_per_taxon, id="per-taxon", compact=True)
        self._endings = ENDINGS if comparison is None else ENDINGS + REPORTS
        self._figure = figure
        self._service = service
        self._run = run
        super().__init__(
            "Export",
            "Tab completes · Enter writes · Esc closes",
            PathInput(name, id="path", select_on_focus=False),
            *([one] if comparison is None else []),
            Tick("also export request timings (CSV)", id="also-requests", compact=True),
            result_line("export-result"),
            button_row(Button("Export", id="write", variant="primary"), cancel_button("Close")),
            what=what if comparison is None else f"{what}; or a report of the comparison",
        )

    def on_mount(self) -> None:
        """Say what the name means."""
        self._hint()

    def _typed(self) -> tuple[str, str | None]:
        """What was typed, and the format that it asks for, if there is one."""
        typed = self.query_one(PathInput).value.strip()
        form = format_of(typed)
        return typed, None if form == "report" and self._comparison is None else form

    @on(Input.Changed)
    @on(Tick.Changed)
    def _hint(self) -> None:
        typed, form = self._typed()
        if form is None:
            self.say(self._endings)
            return
        there = os.path.isfile(os.path.expanduser(typed))  # never raises, whatever is typed
        replaces = "; the one that is there is replaced." if there else "."
        self.say(f"Writes {SORTS[form]}{replaces}")

    @on(Input.Submitted)
    @on(Button.Pressed, "#write")
    def action_write(self) -> None:
        """Write, away from the screen."""
        typed, form = self._typed()
        figure = self._figure() if form == "figure" else None
        if not typed or form is None:
            self.say(self._endings, Severity.BAD)
        elif form == "figure" and figure is None:
            self.say("There is no chart of this run yet.", Severity.BAD)
        else:
            self.say("Writing…")
            self._write(typed, form, figure)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write(self, typed: str, form: str, figure: Figure | None) -> None:
        also_requests = self.query_one("#also-requests", Tick).value
        ticks = self.query("#per-taxon").results(Tick)  # none for a comparison
        chosen = any(tick.value for tick in ticks)

        def write() -> Sequence[Exported]:
            from tui_app.export.destinations import check_outputs
            from tui_app.report.svg import write_figure

            path = typed_path(typed)
            files: dict[str, Any] = {form: path}
            if also_requests:
                files["requests_csv"] = requests_path(path)
            check_outputs(files.items(), home=self._service.home)
            service = self._service.get()
            written: list[Exported] = []
            if figure is not None:
                written += write_figure(path, figure)
            elif form == "report" and self._comparison is not None:
                written.append(service.report(self._comparison, path))
            if form in ("figure", "report"):
                del files[form]
            if files:
                written += service.export(self._run, one_per_taxon=chosen, **files)
            return written

        said = await written_in_words(self.app, write)
        if self.is_attached:
            self.say(*said)


def export_of(
    job: Job | None, service: ServiceHolder, shown: ShownPanels, *, one_per_taxon: bool
) -> ExportDialog | None:
    """The dialog that writes a job; None where it has nothing to write yet."""
    run = None if job is None else job.model.run_to_show()
    if job is None or run is None:
        return None
    demo = job.request.settings.source == "demo"
    return ExportDialog(
        service,
        run.run,
        f"{counted(run.records, 'record')} of {run_in_words(run)}",
        default_name(job.request.query.label, demo=demo, ending=shown.ending),
        shown.figure,
        comparison=job.model.comparison,
        one_per_taxon=one_per_taxon,
    )
