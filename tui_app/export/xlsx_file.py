"""A workbook: the CSV's columns with their types. Needs openpyxl (extra ``excel``)."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_app.redlist import Record
from tui_app.redlist.errors import UsageError
from tui_app.redlist.text import counted

from .atomic import Exported, ExportError, FileTransaction, export_errors, in_transaction
from .destinations import can_be_replaced
from .typed_table import ColumnType, TypedTable

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MOST_ROWS: Final = 2**20 - 1
MOST_COLUMNS: Final = 2**14
MOST_CHARACTERS: Final = 2**15 - 1
"""What a sheet holds below its header, and what a cell holds, in units of UTF-16."""

RECORDS: Final = "records"
PROVENANCE: Final = "provenance"
"""The names of the two sheets."""

_MOST_DIGITS: Final = 10**15
"""Excel shows 15 digits; a longer integer stays text."""

_FIRST_DAY: Final = date(1900, 3, 1)
"""Excel takes 1900 for a leap year: earlier days stay text."""

_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML can't hold."""

_SIGNS: Final = ("=", "+", "-", "@", "#")
"""Text that begins so, openpyxl or Excel may take for a formula or an error's name."""


def check_xlsx() -> None:
    """Check that openpyxl is installed.

    Raises:
        UsageError: it isn't.
    """
    try:
        import openpyxl  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise UsageError(
            "Excel files need openpyxl, which is not installed.",
            "Run `pip install 'iucn-tui[excel]'`.",
        ) from error


def write_xlsx(
    path: Path,
    records: Iterable[Record],
    *,
    provenance: Callable[[int], Mapping[str, Any]],
    columns: Iterable[str] = (),
    transaction: FileTransaction | None = None,
) -> Exported:
    """Write records as they come; memory doesn't grow with their number.

    Columns and rows are those of the CSV. Numbers, truth values and days keep their type where all
    values of a column have it; all else is text as the CSV has it, and never a formula.
    ``provenance`` gives the second sheet for a number of rows.

    Raises:
        ExportError: the rows don't fit on a sheet; nothing is replaced.
        UsageError: openpyxl isn't installed.
    """
    check_xlsx()
    from openpyxl import Workbook

    with export_errors(path):
        if not can_be_replaced(path):
            raise ExportError(f"{path} can't be written: Excel needs a regular file.")
        with in_transaction(transaction, path) as current:
            table = TypedTable(lambda: current.scratch(path), columns)
            table.read(_that_fit(path, records))
            if len(table.columns) > MOST_COLUMNS:
                raise _does_not_fit(path, f"{MOST_COLUMNS:,} columns")
            book, cells = Workbook(write_only=True), _Cells()
            _add_records(book, table, cells, current.scratch(path))
            facts = list(_facts("", {**provenance(table.count), "note": cells.note}))
            sheet = _new_sheet(book, PROVENANCE, (24, 80), current.scratch(path))
            for fact in (("field", "value"), *facts):
                sheet.append([cells.of_text(sheet, text) for text in fact])
            with current.part(path) as part:
                book.save(part)
            size = part.stat().st_size
    return Exported(path, table.count, size, cells.note)


def _that_fit(path: Path, records: Iterable[Record]) -> Iterator[Record]:
    for number, record in enumerate(records):
        if number >= MOST_ROWS:
            raise _does_not_fit(path, f"{MOST_ROWS:,} rows")
        yield record


def _does_not_fit(path: Path, most: str) -> ExportError:
    return ExportError(
        f"{path} can't be written: a sheet holds at most {most}.",
        "Use CSV or Parquet.",
    )


def _add_records(book: Workbook, table: TypedTable, cells: _Cells, scratch: Path) -> None:
    from openpyxl.utils import get_column_letter

    names = table.names()
    widths = [min(max(len(name) + 3, 12), 40) for name in names]
    sheet = _new_sheet(book, RECORDS, widths, scratch)
    sheet.append([cells.of_text(sheet, name) for name in names])
    types = [column.type for column in table.columns.values()]
    for row in table.rows():
        cell = cells.of
        sheet.append([cell(sheet, text, type_) for text, type_ in zip(row, types, strict=True)])
    if names:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(names))}{table.count + 1}"


def _new_sheet(
    book: Workbook, name: str, widths: Iterable[int], scratch: Path
) -> WriteOnlyWorksheet:
    """A sheet whose rows go to ``scratch``, beside the target, rather than to a file in /tmp."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet._writer import WorksheetWriter

    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet._writer = WorksheetWriter(sheet, os.fspath(scratch))
    sheet._writer.cleanup = lambda: None  # the transaction removes it
    sheet._writer.write_top()
    return sheet


class _Cells:
    """Makes the cells of a workbook, and counts the texts that a cell can't hold as a whole."""

    def __init__(self) -> None:
        self._cut = 0

    @property
    def note(self) -> str:
        """A sentence on what was cut; mostly empty."""
        if not self._cut:
            return ""
        return (
            f"{counted(self._cut, 'text')} cut to the {MOST_CHARACTERS:,} characters that a cell "
            "holds; CSV and Parquet hold all of it."
        )

    def of(self, sheet: WriteOnlyWorksheet, text: str | None, type_: ColumnType) -> Any:
        """A value as its type; as text, where Excel would change it."""
        if text is None:
            return None
        if type_ is ColumnType.BOOLEAN:
            return text == "true"
        if type_ is ColumnType.INTEGER and abs(whole := int(text)) < _MOST_DIGITS:
            return whole
        if type_ is ColumnType.NUMBER and math.isfinite(real := float(text)):
            return real
        if type_ is ColumnType.DAY and (day := date.fromisoformat(text[:10])) >= _FIRST_DAY:
            return day
        return self.of_text(sheet, text)

    def of_text(self, sheet: WriteOnlyWorksheet, text: str) -> Any:
        """A text that stays one, without what XML can't hold."""
        from openpyxl.cell import WriteOnlyCell

        text = _UNFIT.sub("", text)
        units = text.encode("utf-16-le") if 2 * len(text) > MOST_CHARACTERS else b""
        if len(units) > 2 * MOST_CHARACTERS:
            text = units[: 2 * MOST_CHARACTERS].decode("utf-16-le", errors="ignore")
            self._cut += 1
        if not text.startswith(_SIGNS):
            return text
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"
        cell.quotePrefix = True  # else Excel reads it as a formula when the cell is edited
        return cell


def _facts(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Nested facts as rows: ``counts.records``, ``missing.1.request``."""
    if isinstance(value, list | tuple) and not any(isinstance(one, dict) for one in value):
        value = ", ".join(map(str, value))
    if isinstance(value, list | tuple):
        value = {str(number): one for number, one in enumerate(value, 1)}
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _facts(f"{name}.{key}" if name else str(key), inner)
    elif value not in (None, ""):
        yield name, str(value)
