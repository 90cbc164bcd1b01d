"""Export: which rows, where to, in which format, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.app import App
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static

from tui_app.redlist.errors import RedListError
from tui_app.redlist.text import counted

from .. import keys, messages, text
from ..background import in_thread
from ..fields import Choice, Field, Tick
from ..footer import Severity, say_below
from ..service import ServiceHolder
from ..theme import QUIET
from . import Dialog, button_row, cancel_button, result_line
from .formats import (
    FORMATS,
    WITH_ROWS,
    WRITES,
    Format,
    format_of,
    in_words,
    requests_path,
    without_ending,
)
from .lists import PathInput, typed_path
from .prompts import CreateFolder, ReplaceFiles

if TYPE_CHECKING:
    from tui_app.export.destinations import Output
    from tui_app.report.count_bars import CountsFigure
    from tui_app.report.figure import Figure
    from tui_app.runs import Comparison, Exported
    from tui_app.runs.selection import Selection

_MOST_DOWNLOADS: Final = 3
"""Browsers ask before they take many at once."""
_LONGEST_FILTER: Final = 60
_LONGEST_PATHS: Final = 96
"""Characters of all paths on the status line, which has three lines of 80 characters or more."""
_PERCENT_OF_SCREEN: Final = 92
"""The height of a dialog at most, see the style sheet."""
_FEWEST_FORMATS: Final = 4
_NAME_WIDTH: Final = 18
_ENDING_WIDTH: Final = 11


def deliver(app: App[Any], written: Sequence[Exported]) -> str:
    """Hand files to the browser in which the application is seen; what is to be said of it."""
    files = [one.path for one in written if one.path.is_file()]
    if len(files) > _MOST_DOWNLOADS or len(files) < len(written):
        return " They are on the machine that serves this page."
    for file in files:
        app.deliver_binary(file, save_filename=file.name, mime_type="application/octet-stream")
    return " Your browser downloads a copy."


async def written_in_words(
    app: App[Any],
    outputs: Callable[[], Iterable[Output]],
    write: Callable[[], Sequence[Exported]],
    *,
    home: Path,
) -> tuple[str, Severity]:
    """Write files away from the screen; what came of it, as a sentence, also on the status line.

    Asks whether to replace files that exist, and to create a folder that is missing. Runs in a
    worker. ``outputs`` are those that ``write`` writes, ``home`` is the folder of the store.
    """
    from tui_app.export.destinations import (
        MissingFolder,
        check_outputs,
        created_folder,
        files_replaced,
    )

    def look() -> Sequence[Path]:
        check_outputs(outputs(), home=home)
        return files_replaced(outputs())

    def checked() -> Sequence[Exported]:
        look()
        return write()

    try:
        try:
            there = await in_thread(look)
            if there and not await app.push_screen_wait(ReplaceFiles(there)):
                kept = os.path.abspath(there[0])
                return f"Nothing was written: {kept} is unchanged.", Severity.PLAIN
            written = await in_thread(checked)
        except MissingFolder as error:
            folder = error.folder
            if not await app.push_screen_wait(CreateFolder(folder)):
                why = f"Nothing was written: folder {folder} doesn't exist."
                return f"{why} Create it, or choose another.", Severity.BAD

            def write_there() -> Sequence[Exported]:
                with created_folder(folder):
                    return checked()

            written = await in_thread(write_there)
    except RedListError as error:
        sentence = messages.error_in_words(error)
        if in_part := getattr(error, "written", None):  # without what is damaged
            sentence = f"{in_words(in_part)} {sentence}"
            say_below(app, sentence, Severity.BAD, whole=sentence)
        return sentence, Severity.BAD
    except Exception as error:  # the application outlives a failed export
        return f"Nothing was written: {type(error).__name__}: {error}.", Severity.BAD
    delivered = deliver(app, written) if app.is_web else ""
    sentence = in_words(written) + delivered
    short = in_words(written, _LONGEST_PATHS // min(3, len(written) or 1)) + delivered
    say_below(app, short, Severity.GOOD, whole=sentence if sentence != short else "")
    return sentence, Severity.GOOD


@dataclass(frozen=True, slots=True)
class ShownPanels:
    """What the panels show that an export can write."""

    figure: Callable[[], Figure | CountsFigure | None]  # the chart that is shown
    ending: str  # of the name that is proposed
    rows: int | None = None  # number of all records in the table; None where none are read yet
    selection: Selection | None = None  # those that are shown, where they are others or sorted


class ExportDialog(Dialog[None]):
    """Writes a run's records, stays open to say what came of it.

    Args:
        what: the run, in words; name: a name for the file; records: how many it has.
        shown: what the panels show; None where they show another run.
        comparison: of which a report can be written; None of a fetch.
        one_per_taxon: whether one row per taxon is written, unless the user chooses otherwise; the
            rows shown are so as well.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.EXPORT_DIALOG)
    AUTO_FOCUS = "#path"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        service: ServiceHolder,
        run: str,
        what: str,
        name: str,
        shown: ShownPanels | None = None,
        *,
        records: int,
        comparison: Comparison | None = None,
        one_per_taxon: bool = False,
    ) -> None:
        self._service = service
        self._run = run
        self._records = records
        self._shown = shown or ShownPanels(lambda: None, "")
        self._comparison = comparison
        self._one_per_taxon = one_per_taxon and comparison is None
        self._usual = without_ending(name, "records")
        self._base = self._usual
        self._formats = [
            one
            for one in FORMATS
            if (one.form != "report" or comparison is not None)
            and (one.form != "figure" or shown is not None)
        ]
        selection, fields = self._shown.selection, []
        if selection is not None:
            some = f"the {len(selection.places):,} shown"
            choice = Choice((some, f"all {selection.of:,}"), some, id="rows")
            fields.append(Field("rows", "Rows", choice))
        ticks = [Tick("Also export request timings (CSV)", id="also-requests", compact=True)]
        if comparison is None:
            ticks.insert(0, Tick("One row per taxon", one_per_taxon, id="per-taxon", compact=True))
        formats = OptionList(*map(_option, self._formats), id="formats", compact=True)
        super().__init__(
            "Export",
            "Tab: complete · Enter: write · Esc: close",
            PathInput(name, id="path"),
            *fields,
            Static("", id="rows-words", markup=False),
            formats,
            *ticks,
            result_line("export-result"),
            button_row(Button("Write", id="write", variant="primary"), cancel_button("Close")),
            what=f"From {what}.",
            id="export",
        )

    def on_mount(self) -> None:
        """Say what the name means."""
        self._typed_anew()

    def say(
        self, sentence: str, severity: Severity = Severity.PLAIN, *, lasting: bool = True
    ) -> None:
        """Write on the dialog's result line, which may take lines from the list."""
        super().say(sentence, severity, lasting=lasting)
        self.call_after_refresh(self._fit)

    def on_resize(self) -> None:
        """See :meth:`say`."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Let the list have the lines that the rest leaves: path and buttons stay in view."""
        formats, frame = self.query_one(OptionList), self._frame
        rest = sum(
            one.styles.margin.height + (0 if one is formats else one.region.height)
            for one in frame.children
        )
        room = self.size.height * _PERCENT_OF_SCREEN // 100 - frame.gutter.height - rest
        formats.styles.max_height = max(_FEWEST_FORMATS, room)
        formats.scroll_to_highlight()

    # -- what is chosen --------------------------------------------------------------------

    def _typed(self) -> tuple[str, Format | None]:
        """What was typed, and the format that it asks for, if this dialog has it."""
        typed = self.query_one(PathInput).value.strip()
        chosen = format_of(typed)
        return typed, chosen if chosen in self._formats else None

    @property
    def _selection(self) -> Selection | None:
        """The rows shown, where they are to be written; None for all."""
        selection = self._shown.selection
        chosen = self.query("#rows").results(Choice)
        return selection if any(one.pressed_index <= 0 for one in chosen) else None

    @on(Input.Changed, "#path")
    def _typed_anew(self) -> None:
        """Mark the format that the ending names."""
        typed, chosen = self._typed()
        self._base = without_ending(typed, self._usual)
        formats = self.query_one(OptionList)
        with self.prevent(OptionList.OptionHighlighted):
            formats.highlighted = None if chosen is None else self._formats.index(chosen)
        self._hint()

    @on(OptionList.OptionHighlighted, "#formats")
    def _format_chosen(self, event: OptionList.OptionHighlighted) -> None:
        """End the name as the chosen format's names do."""
        if not event.option_list.has_focus:
            return  # it follows the name
        chosen = self._formats[event.option_index]
        path = self.query_one(PathInput)
        if format_of(path.value.strip()) is not chosen:
            with self.prevent(Input.Changed):  # the name before the ending stays as it was typed
                path.value = f"{self._base}{chosen.ending}"
            path.cursor_position = len(path.value)
        self._hint()

    @on(OptionList.OptionSelected, "#formats")
    def _format_taken(self) -> None:
        self.query_one(PathInput).focus()

    @on(Choice.Changed)
    @on(Tick.Changed)
    def _hint(self) -> None:
        typed, chosen = self._typed()
        has_rows = chosen is None or chosen.form in WITH_ROWS
        selection = self._selection
        for field in self.query("#rows, #per-taxon"):
            field.disabled = not has_rows or (field.id == "per-taxon" and selection is not None)
        words = self._rows_in_words(selection, chosen) if has_rows else ""
        self.query_one("#rows-words", Static).update(words)
        if chosen is None:
            self.say(self._no_format(typed))
            return
        self.say(f"Writes {WRITES[chosen.form]}.{_beside(typed, chosen.form)}")

    def _rows_in_words(self, selection: Selection | None, chosen: Format | None) -> str:
        """Which rows are written, in which order, with which columns."""
        tables = chosen is not None and chosen.form == "tables"
        if selection is None:
            single = any(tick.value for tick in self.query("#per-taxon").results(Tick))
            number = self._shown.rows if single == self._one_per_taxon else None
            if single:
                count = "" if number is None else f" ({counted(number, 'row')})"
                rows = f"One row per taxon{count},"
            else:
                rows = f"All {counted(self._records if number is None else number, 'row')}"
            return f"{rows} in the run's order, with all columns in the API's order."
        found = text.fit(text.clean(selection.filter), _LONGEST_FILTER).rstrip()
        rows = f"{len(selection.places):,} of {counted(selection.of, 'row')}"
        which = f"{rows} match '{found}'" if found else f"All {counted(selection.of, 'row')}"
        if tables:
            return f"{which}; tables hold their assessments, in the run's order."
        way = ", descending" if selection.descending else ""
        order = f" (sorted by {text.clean(selection.sort)}{way})" if selection.sort else ""
        return f"{which}; in the order shown{order}, with all columns in the API's order."

    def _no_format(self, typed: str) -> str:
        known = format_of(typed)
        if known is not None and known.form == "report":
            return "Only comparisons have a report, and this run is a fetch. Choose another format."
        if known is not None:
            return "A chart is exported from its panel. Open the run first."
        endings = ", ".join(one.ending for one in self._formats)
        what = f"{typed} has no known extension." if typed else "The name is empty."
        return f"{what} Choose a format, or end the name in {endings}."

    # -- written ---------------------------------------------------------------------------

    @on(Input.Submitted, "#path")
    @on(Button.Pressed, "#write")
    def action_write(self) -> None:
        """Write, away from the screen."""
        typed, chosen = self._typed()
        figure = self._shown.figure() if chosen is not None and chosen.form == "figure" else None
        if chosen is None:
            self.say(self._no_format(typed), Severity.BAD)
        elif chosen.form == "figure" and figure is None:
            self.say("This run has no chart yet.", Severity.BAD)
        else:
            self._write(typed, chosen.form, figure)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write(self, typed: str, form: str, figure: Figure | CountsFigure | None) -> None:
        also_requests = self.query_one("#also-requests", Tick).value
        selection = self._selection if form in WITH_ROWS else None
        ticks = self.query("#per-taxon").results(Tick)  # none for a comparison
        one_per_taxon = any(tick.value for tick in ticks)
        if selection is not None:
            one_per_taxon = self._one_per_taxon

        def outputs() -> dict[str, Path]:
            path = typed_path(typed)
            return {form: path, **({"requests_csv": requests_path(path)} if also_requests else {})}

        def write() -> Sequence[Exported]:
            from tui_app.report.svg import write_figure

            self.call_later(self.say, "Writing…")  # after the questions
            files: dict[str, Any] = outputs()
            path, service = files[form], self._service.get()
            written: list[Exported] = []
            if figure is not None:
                written += write_figure(path, figure)
            elif form == "report" and self._comparison is not None:
                written.append(service.report(self._comparison, path))
            if form in ("figure", "report"):
                del files[form]
            if files:
                written += service.export(
                    self._run, one_per_taxon=one_per_taxon, selection=selection, **files
                )
            return written

        home = self._service.home
        said = await written_in_words(self.app, lambda: outputs().items(), write, home=home)
        if self.is_attached:
            self.say(*said)


def _beside(typed: str, form: str) -> str:
    """What is written beside a file, in a sentence; of a file that exists, that it does."""
    if os.path.isfile(os.path.expanduser(typed)):  # never raises, whatever is typed
        return " The file exists: you are asked before it is replaced."
    name = os.path.basename(typed.rstrip("/"))
    return f" {text.clean(name)}.meta.json beside it holds the provenance." * (form in WITH_ROWS)


def _option(one: Format) -> Content:
    """An entry of the list: name, ending, purpose."""
    ending = {"/": "name/"}.get(one.ending, one.ending)
    return Content.assemble(
        f"{one.name:<{_NAME_WIDTH}}", f"{ending:<{_ENDING_WIDTH}}", (one.note, QUIET)
    )
