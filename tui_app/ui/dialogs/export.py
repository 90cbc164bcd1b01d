"""Export: where to, in which form, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from tui_app.redlist.errors import RedListError

from .. import text
from ..background import in_thread
from ..form import Order
from ..job import whose
from ..model import RunView
from ..service import ServiceHolder
from ..setup.fields import Tick
from .paths import PathInput, PathSuggester

if TYPE_CHECKING:
    from tui_app.runs import Exported

FORMATS = {".csv": "csv", ".jsonl": "jsonl"}
"""The format by the name's ending."""


def default_name(order: Order) -> str:
    """A name for a run's records: ``demo-red_list_categories-CR.csv``."""
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", order.label).strip("-")[:60] or "records"
    return f"{'demo-' if order.settings.source == 'demo' else ''}{stem}.csv"


def requests_path(path: Path) -> Path:
    """Where the requests go that belong to records in ``path``."""
    return path.with_name(f"{path.stem}-requests.csv")


def in_words(written: Sequence[Exported]) -> str:
    """``1,000 records to felidae.csv (132 kB)``, and the same of the requests."""
    parts = [
        f"{text.plural(one.rows, noun)} to {one.path} ({text.size(one.size_bytes)})"
        for one, noun in zip(written, ("record", "request"), strict=False)
    ]
    return f"{', '.join(parts)}."


class ExportDialog(ModalScreen[None]):
    """Writes a run's records, stays open to say what came of it.

    Args:
        service: what writes.
        order: what the run was about.
        run: which one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="export_close"),
        Binding("f6,ctrl+s", "write", "Export", id="export_write"),
    ]
    AUTO_FOCUS = "#path"

    def __init__(self, service: ServiceHolder, order: Order, run: RunView) -> None:
        super().__init__()
        self._service = service
        self._order = order
        self._run = run

    def compose(self) -> ComposeResult:
        """Path, options, buttons, result."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Export"
            dialog.border_subtitle = "Tab completes · Enter writes · Esc closes"
            what = f"{text.plural(self._run.records, 'record')} of {whose(self._run)}"
            yield Static(text.clean(what), markup=False, classes="dialog-what")
            yield PathInput(
                default_name(self._order),
                id="path",
                suggester=PathSuggester(),
                select_on_focus=False,
            )
            yield Tick("also a row a request, with its times", id="also-requests", compact=True)
            yield Static("", id="export-result", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Export", id="write", compact=True, variant="primary")
                yield Button("Close", id="close", compact=True)

    def on_mount(self) -> None:
        """Say what the name means."""
        self._hint()

    @on(Input.Changed)
    @on(Tick.Changed)
    def _hint(self) -> None:
        path = Path(self.query_one(PathInput).value).expanduser()
        sort = {"csv": "a CSV", "jsonl": "JSON Lines"}.get(FORMATS.get(path.suffix.lower(), ""))
        if sort is None:
            words = "The name's ending says the format: .csv or .jsonl."
        else:
            there = path.is_file()
            words = f"Writes {sort} file" + (
                "; the one that is there is replaced." if there else "."
            )
        self._say(words, "")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_write()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "write":
            self.action_write()
        else:
            self.action_close()

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)

    def action_write(self) -> None:
        """Write, away from the screen."""
        typed = self.query_one(PathInput).value.strip()
        path = Path(typed).expanduser()
        form = FORMATS.get(path.suffix.lower())
        if not typed or form is None:
            self._say("The name's ending says the format: .csv or .jsonl.", "-bad")
            return
        self._say("Writing…", "")
        self._write(path, form)

    @work(group="export", exclusive=True, exit_on_error=False)
    async def _write(self, path: Path, form: str) -> None:
        requests = requests_path(path) if self.query_one("#also-requests", Tick).value else None

        def write() -> Sequence[Exported]:
            written: Sequence[Exported] = self._service.get().export(
                self._run.run,
                csv=path if form == "csv" else None,
                jsonl=path if form == "jsonl" else None,
                requests_csv=requests,
            )
            return written

        try:
            sentence, style = in_words(await in_thread(write)), "-good"
        except RedListError as error:
            sentence, style = error.sentence(), "-bad"
        except Exception as error:  # the application outlives a failed export
            sentence, style = f"Nothing was written: {type(error).__name__}: {error}.", "-bad"
        if self.is_attached:
            self._say(sentence, style)

    def _say(self, words: str, style: str) -> None:
        result = self.query_one("#export-result", Static)
        mark = {"-good": "✓ ", "-bad": "✗ "}.get(style, "")
        result.set_class(style == "-good", "-good")
        result.set_class(style == "-bad", "-bad")
        result.update(mark + text.clean(words))
