"""A list of names against all saved runs: counts, a table, and its rows as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType

from tui_app.redlist.errors import Advice, RedListError
from tui_app.redlist.names_table import parse_list

from .. import keys
from ..dialogs.lists import PathInput
from ..service import ServiceHolder
from .rowsdialog import DialogRows, ListedRows, RowsDialog

if TYPE_CHECKING:
    from tui_app.export.atomic import Exported
    from tui_app.runs import Matches

_FIRST: Final = {
    "outcome": "outcome",
    "input": "input",
    "matched_name": "matched_name",
    "red_list_category_code": "category",
    "year_published": "year",
    "near_matches": "near_matches",
    "message": "message",
}
"""Columns that come first on a screen, with their headings, so that a small one shows them."""
_FILE: Final = "matches.csv"


class MatchScreen(RowsDialog["Matches"]):
    """What saved runs have on each line of a list of names; requests nothing."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.MATCHES)

    def __init__(self, service: ServiceHolder, lines: tuple[str, ...]) -> None:
        self._lines = lines
        super().__init__(
            service,
            "Match with saved runs",
            "Tab: export · Esc closes",
            waiting="Matching…",
            path=_FILE,
            what="Names and synonyms of all saved runs. No requests are sent.",
        )

    def find(self) -> DialogRows[Matches]:
        """See :class:`RowsDialog`."""
        lines = parse_list(self._lines, "names")
        if not self._service.has_store():
            words = "Nothing to match with: no taxa are saved yet."
            raise RedListError(words, Advice.FETCH_LIST)
        found = self._service.get().match(lines)
        rows = list(found.rows())
        columns = dict.fromkeys((*_FIRST, *(rows[0] if rows else ())))
        return DialogRows(found, ListedRows(rows, list(columns), _FIRST), found.in_words())

    def has_found(self, found: Matches) -> None:
        """Label a file of the demo's rows, unless another name was typed."""
        path = self.query_one(PathInput)
        if found.source == "demo" and path.value == _FILE:
            path.value = f"demo-{_FILE}"

    def write(self, found: Matches, path: Path) -> Exported:
        """See :class:`RowsDialog`."""
        return found.write("csv", path)
