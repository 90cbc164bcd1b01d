"""Cells that a spreadsheet would run (OWASP, CSV injection)."""

from __future__ import annotations

import re
from typing import Final

from tui_app.redlist import Cell

# Signs in all their widths. White space, quotes and invisible marks before one are as good as
# nothing to some spreadsheets; tab and line ends may begin a cell of their own.
_SIGNS: Final = "=+@\\-\uff1d\uff0b\uff20\uff0d\ufe62\ufe63\ufe66\ufe6b\u2212"
_NOTHING: Final = '[\\s"`\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f]'
_RISKY: Final = re.compile(f"[\t\r\n]|{_NOTHING}*[{_SIGNS}]")

# Where the list separator is a semicolon, as in much of Europe, a cell ends at every one of them.
# A bound, because a megabyte of tabs would else be looked through from each of them.
_INNER: Final = re.compile(f"([;\t]{_NOTHING}{{0,8}})(?=[{_SIGNS}])")


def guarded(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before its sign.

    What arrived as a number stays one.
    """
    if not isinstance(cell, str) or not cell:
        return cell
    if ";" in cell or "\t" in cell:
        cell = _INNER.sub(r"\1'", cell)
    if _RISKY.match(cell):
        return f"'{cell}"
    return cell


__all__ = ["guarded"]
