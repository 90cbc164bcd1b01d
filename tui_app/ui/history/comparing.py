"""The marked runs on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from .. import keys
from .against import draw

if TYPE_CHECKING:
    from tui_app.store import RunRow


class AgainstScreen(ModalScreen[None]):
    """Kept runs against each other.

    Args:
        rows: two or more.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.COMPARED_RUNS)
    CSS = """
    AgainstScreen { align: center middle; background: $background 60%; }
    AgainstScreen > .dialog { width: 110; scrollbar-size-vertical: 1; }
    """

    def __init__(self, rows: Sequence[RunRow]) -> None:
        super().__init__()
        self._rows = rows

    def compose(self) -> ComposeResult:
        """One text, scrolled."""
        with VerticalScroll(classes="dialog") as page:
            page.border_title = f"{len(self._rows)} runs"
            page.border_subtitle = "Esc closes"
            yield Static("", id="against", markup=False)

    def on_resize(self) -> None:
        """Draw them as wide as there is room."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        shown = self.query_one("#against", Static)
        shown.update(draw(self._rows, shown.size.width))
