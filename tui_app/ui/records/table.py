"""A table of any length: only the rows in view are ever asked for, and away from the screen."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..background import in_thread
from .sheet import CHUNK, Sheet

_GAP: Final = 2


class RecordsTable(ScrollView, can_focus=True):
    """Rows under a fixed heading, scrolled both ways."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "records--heading",
        "records--number",
        "records--even",
        "records--odd",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home,g", "scroll_home", "First", show=False),
        Binding("end,G", "scroll_end", "Last", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sheet: Sheet | None = None
        self._wanted: set[int] = set()

    def show(self, sheet: Sheet | None) -> None:
        """Show these from their first row on; None empties the table."""
        self._sheet = sheet
        self._wanted.clear()
        if sheet is None:
            self.virtual_size = Size(0, 0)
        else:
            width = self._number_width(sheet) + sum(sheet.widths) + _GAP * len(sheet.widths)
            self.virtual_size = Size(width, sheet.length + 1)
        self.scroll_to(0, 0, animate=False, immediate=True, force=True)
        self.refresh()

    @property
    def loading_rows(self) -> bool:
        """Whether rows in view are still on their way."""
        return bool(self._wanted)

    @staticmethod
    def _number_width(sheet: Sheet) -> int:
        return max(3, len(f"{sheet.length:,}")) + _GAP

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        scroll_x, scroll_y = self.scroll_offset
        sheet, index = self._sheet, -1 if y == 0 else scroll_y + y - 1
        if sheet is None or index >= sheet.length:
            return Strip.blank(width, self.rich_style)
        style = self._style_of(index)
        return self._draw(sheet, index, style).crop_extend(scroll_x, scroll_x + width, style)

    def _draw(self, sheet: Sheet, index: int, style: Style) -> Strip:
        room = self._number_width(sheet) - _GAP
        if index < 0:
            number, cells, number_style = "#", sheet.columns, style
        else:
            number = f"{index + 1:,}"
            number_style = style + self.get_component_rich_style("records--number", partial=True)
            found = sheet.row(index)
            self._want(sheet, index // CHUNK)
            if found is None:
                return Strip([Segment(f"{number:>{room}}  …", number_style)])
            cells = found
        text = "".join(
            _cell(cell, width) + " " * _GAP for cell, width in zip(cells, sheet.widths, strict=True)
        )
        return Strip(
            [Segment(f"{number:>{room}}" + " " * _GAP, number_style), Segment(text, style)]
        )

    def _style_of(self, index: int) -> Style:
        name = "heading" if index < 0 else "odd" if index % 2 else "even"
        return self.get_component_rich_style(f"records--{name}")

    def _want(self, sheet: Sheet, number: int) -> None:
        """See to it that a chunk and its neighbours are there, or are on their way."""
        for one in (number, number + 1, number - 1):
            if sheet.lacks(one) and one not in self._wanted:
                self._wanted.add(one)
                self.run_worker(self._load(sheet, one), group="rows", exit_on_error=False)

    async def _load(self, sheet: Sheet, number: int) -> None:
        try:
            await in_thread(lambda: sheet.load(number))
        finally:
            if sheet is self._sheet:
                self._wanted.discard(number)
                self.refresh()


def _cell(cell: str, width: int) -> str:
    if len(cell) <= width and cell.isascii():
        return cell.ljust(width)
    if cell_len(cell) > width:
        cell = set_cell_size(cell, max(0, width - 1)).rstrip() + "…"
    return set_cell_size(cell, width)
