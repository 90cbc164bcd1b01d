"""The runs that are kept, newest first, over the whole screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from tui_app.redlist.text import counted

from .. import keys, messages, text
from ..background import in_thread
from ..dialogs import Place
from ..dialogs.export import ExportDialog
from ..dialogs.formats import default_name
from ..dialogs.prompts import LineDialog, ResumeDialog
from ..footer import KeyLine
from ..records.find import LONGEST_FIND, TypedSearch
from ..service import ServiceHolder
from .table import RunsTable, about, fate, matches

if TYPE_CHECKING:
    from tui_app.runs import Service
    from tui_app.store import RunRow

PREVIEWED: Final = 10
"""Rows that are read of the run under the cursor; a lower screen shows fewer."""
PREVIEW_AFTER_S: Final = 0.15
"""After the cursor's last move: runs that it passes need no preview."""

_LONGEST_NAME: Final = 80
_LONGEST_NOTE: Final = 2000


class Wish(NamedTuple):
    """What is to become of a run."""

    run: str
    method: str | None = None  # by which it is to go on; None: show it
    replay: bool = False  # compare on its pages in place of showing it


class SearchLine(Horizontal, TypedSearch):
    """An input and a count. It is there while it has the focus, or something is searched for.

    ``find`` is called with what to search for (nothing: all rows), ``leave`` when typing has ended.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.SEARCH_LINE)

    def __init__(
        self, find: Callable[[str], None], leave: Callable[[], object], placeholder: str
    ) -> None:
        super().__init__()
        self._find, self._leave, self._placeholder = find, leave, placeholder

    def compose(self) -> ComposeResult:
        """See the class."""
        yield Static("/", id="search-mark")
        yield Input(
            placeholder=self._placeholder, id="search", compact=True, max_length=LONGEST_FIND
        )
        yield Static("", classes="find-count", markup=False)

    def clear(self) -> None:
        """Show that nothing is searched for."""
        self.close()
        self.count("")

    def search(self) -> None:
        """See :class:`TypedSearch`."""
        self._find(self.typed)

    def action_done(self) -> None:
        """Search at once, and go to the rows."""
        if not self.typed:
            self.clear()
        self.search()
        self._leave()

    def action_cancel(self) -> None:
        """See all rows again."""
        self.clear()
        self.action_done()


class HistoryScreen(Place[Wish | None]):
    """A line a run. Gives the run that is to be shown, resumed or replayed, or None.

    A job that goes on (``busy``) is not disturbed. Runs that are deleted here, and can be taken
    back, are added to ``deleted``. ``one_per_taxon`` is what an export begins with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.HISTORY, keys.HELP]
    AUTO_FOCUS = "#history-runs"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall"), (40, "-high")]  # noqa: RUF012

    def __init__(
        self,
        service: ServiceHolder,
        busy: Callable[[], bool],
        deleted: list[str] | None = None,
        *,
        one_per_taxon: bool = False,
    ) -> None:
        super().__init__()
        self._rows: list[RunRow] = []
        self._find = ""
        self._preview_timer: Timer | None = None
        self._one_per_taxon = one_per_taxon
        self._deleted = [] if deleted is None else deleted
        self._service = service
        self._busy = busy
        self._comparisons = False

    def compose(self) -> ComposeResult:
        """A heading, the runs, the one under the cursor in words and rows, keys."""
        yield Static("", id="history-head", markup=False)
        yield Static("Reading…", id="history-empty", classes="empty", markup=False)
        table = RunsTable(id="history-runs")
        words = "find: what was fetched, method, state, name, note"
        yield SearchLine(self._filter, table.focus, words)
        yield table
        yield Static("", id="history-about", markup=False)
        yield Static("", id="history-preview", markup=False)
        *own, back = keys.HISTORY
        yield KeyLine(more=own, last=(back, keys.HELP), id="history-keys")

    def on_mount(self) -> None:
        """Read the runs."""
        self.action_refresh()

    # -- read and drawn ------------------------------------------------------------------

    @work(group="history", exclusive=True, exit_on_error=False)
    async def action_refresh(self) -> None:
        """Read the runs, away from the screen."""
        comparisons = self._comparisons
        rows: list[RunRow] = []
        try:
            rows = await in_thread(lambda: self._service.get().runs(comparisons=comparisons))
        except Exception as error:  # the application outlives a store that can't be read
            empty = messages.error_in_words(error)
        else:
            run = keys.name_of(keys.RUN)
            empty = f"No saved runs yet. {run} on the main screen starts one."
        self._rows = rows
        does = f"{keys.key_name('history_all')}: {'hide' if comparisons else 'show'}"
        words = f"{counted(len(rows), 'run')}, newest first. Comparisons number their runs too"
        self.query_one("#history-head", Static).update(
            Content.assemble(("History", "bold $text-primary"), f" · {words} ({does}).")
        )
        self._show(empty)

    def _show(self, empty: str) -> None:
        """Show the runs that were searched for; ``empty`` says why there are none."""
        rows = [row for row in self._rows if matches(row, self._find)]
        self.query_one("#history-empty", Static).update(text.clean(empty))
        self.set_class(not rows, "-empty")
        of = f"{text.count(len(rows))} of {text.count(len(self._rows))}"
        self.query_one(SearchLine).count(of if self._find else "")
        self.query_one(RunsTable).show(rows)

    def _filter(self, find: str) -> None:
        if find != self._find:
            self._find = find
            self._show("No matches.")

    def action_find(self) -> None:
        """Open the search line."""
        self.query_one(SearchLine).open()

    def action_close(self) -> None:
        """Clear the search; where there is none, leave."""
        if self._find:
            self.query_one(SearchLine).clear()
            self._filter("")
        else:
            super().action_close()

    @on(RunsTable.Moved)
    def _about(self) -> None:
        row = self._here
        shown = self.query_one("#history-about", Static)
        shown.update("" if row is None else "\n".join(about(row)))
        self._preview_soon()

    def on_resize(self) -> None:
        """There may be room for the preview now."""
        self.call_after_refresh(self._preview_soon)

    def _preview_soon(self) -> None:
        """Preview the run under the cursor when that rests."""
        if self._preview_timer is not None:
            self._preview_timer.stop()
        if self.query_one("#history-preview").display:
            self._preview_timer = self.set_timer(PREVIEW_AFTER_S, self._preview)

    @work(group="preview", exclusive=True, exit_on_error=False)
    async def _preview(self) -> None:
        """Show the first rows of the run under the cursor, read away from the screen."""
        row, shown = self._here, self.query_one("#history-preview", Static)
        if row is None:
            return
        width = shown.content_size.width

        def read() -> list[str]:
            from tui_app.runs.preview import preview_lines

            return preview_lines(self._service.get().first_records(row.run, PREVIEWED), width)

        try:
            lines = await in_thread(read) or ["No rows."]
        except Exception as error:  # the application outlives a run that can't be read
            lines = [text.clean(messages.error_in_words(error))]
        if self.is_attached and self._here is row:
            shown.border_title = f"Run {row.run}: first of {counted(row.rows, 'row')}"
            shown.update(Content("\n").join(map(Content, lines)))

    # -- the run under the cursor --------------------------------------------------------

    @property
    def _here(self) -> RunRow | None:
        return self.query_one(RunsTable).here

    def _free(self) -> RunRow | None:
        """The run under the cursor, unless a job goes on, which is said then."""
        row = self._here
        if row is None or not self._busy():
            return row
        back, stop = keys.key_name("history_back"), keys.name_of(keys.STOP)
        self._warn(f"A run is active. Stop it first: {back}, then {stop}.")
        return None

    def _warn(self, words: str) -> None:
        self.notify(words, severity="warning", markup=False)

    @on(RunsTable.Chosen)
    def action_show(self) -> None:
        """Leave, and show it."""
        if row := self._free():
            self.dismiss(Wish(row.run))

    def action_resume(self) -> None:
        """Ask by which method, then leave and resume it."""
        row = self._free()
        if row is None:
            return
        if not row.resumable:
            self._warn(f"{fate(row)}: nothing to resume.")
            return

        def answered(method: str | None) -> None:
            if method is not None:
                self.dismiss(Wish(row.run, method))

        self.app.push_screen(ResumeDialog(fate(row), row.method), answered)

    def action_replay(self) -> None:
        """Leave, and compare on its pages."""
        if row := self._free():
            self.dismiss(Wish(row.run, replay=True))

    def action_export(self) -> None:
        """Write its records."""
        if row := self._free():
            what = f"run {row.run} · {row.method}"
            name = default_name(row.label, demo=row.source == "demo")
            dialog = ExportDialog(
                *(self._service, row.run, what, name),
                records=row.rows,
                one_per_taxon=self._one_per_taxon,
            )
            self.app.push_screen(dialog)

    # -- what the user says of runs --------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the run under the cursor, or not any more."""
        self.query_one(RunsTable).mark()

    def action_compare(self) -> None:
        """What changed between two fetches; the times of other marked runs."""
        from .against import AgainstScreen
        from .changes import ChangesScreen

        chosen = self.query_one(RunsTable).chosen
        timed = any(row.comparison is not None or row.replay_of is not None for row in chosen)
        if len(chosen) < 2:
            mark = keys.key_name("history_mark")
            self._warn(f"Mark at least two runs. {mark}: mark.")
        elif len(chosen) == 2 and not timed:
            self.app.push_screen(ChangesScreen(self._service, chosen))
        else:
            self.app.push_screen(AgainstScreen(chosen))

    def action_rename(self) -> None:
        """Call it something."""
        self._write("name", _LONGEST_NAME, lambda service: service.rename)

    def action_annotate(self) -> None:
        """Add a note to the run."""
        self._write("note", _LONGEST_NOTE, lambda service: service.annotate)

    def _write(
        self, field: str, longest: int, method: Callable[[Service], Callable[[str, str], None]]
    ) -> None:
        row = self._here
        if row is None:
            return

        def answered(words: str | None) -> None:
            if words is not None:
                self._change(lambda service: method(service)(row.run, words))

        now = getattr(row, field)
        dialog = LineDialog(field.capitalize(), f"{fate(row)}.", now, longest)
        self.app.push_screen(dialog, answered)

    def action_delete(self) -> None:
        """Take the run under the cursor away; it can be taken back."""
        if row := self._free():
            run = row.run
            said = f"Run {run} deleted. {keys.key_name('history_undo')}: undo."
            self._change(lambda one: one.delete(run), said, lambda: self._deleted.append(run))

    def action_undelete(self) -> None:
        """Take back the run that was deleted last."""
        if not self._deleted:
            self._warn("Nothing was deleted.")
            return
        run = self._deleted[-1]
        said = f"Run {run} is restored."
        self._change(lambda one: one.undelete(run), said, lambda: self._deleted.remove(run))

    @work(group="change", exit_on_error=False)
    async def _change(
        self,
        change: Callable[[Service], None],
        words: str = "",
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Change the store, away from the screen, and read the runs again."""
        try:
            await in_thread(lambda: change(self._service.get()))
        except Exception as error:  # the application outlives a store that can't be written
            said = messages.error_in_words(error)
            self.notify(text.clean(said), severity="error", markup=False)
            return
        then()
        if words:
            self.notify(words, markup=False)
        self.action_refresh()

    def action_comparisons(self) -> None:
        """Show the timed runs of comparisons as well, or not."""
        self._comparisons = not self._comparisons
        self.action_refresh()
