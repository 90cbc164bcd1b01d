"""Lists of names or ids as people have them: lines, or tables with a column of them.

A list is a table if its first line has a known heading; that line also shows which character
separates the cells. Otherwise each line is read by itself, as :mod:`tui_app.redlist.names_file`
does.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, time
from typing import Any, Final, Literal, NamedTuple

from .errors import Advice, UsageError
from .names_file import LINE_COLUMNS, InputLine, decode_text, read_ids, read_names
from .tables import FlatRow, each_once
from .taxon import CATEGORY_PE

ListOf = Literal["names", "ids"]
"""Of what a list consists."""

READERS: Final[dict[ListOf, Callable[..., tuple[InputLine, ...]]]] = {
    "names": read_names,
    "ids": read_ids,
}

DELIMITERS: Final = ("\t", ";", ",", "|")
_NONE: Final = "\x1f"  # of a table with one column
_SEPARATOR_LINE: Final = re.compile('"?sep=.?"?', re.IGNORECASE)  # before a heading, for Excel
_LONGEST_CELL: Final = 64 * 2**20
_ZIP: Final = b"PK\x03\x04"

# Known headings, compared without case, blanks and punctuation. The first that a table has is used.
_WHOLE: Final = (
    *("scientificname", "scientificnames", "taxonscientificname", "acceptedscientificname"),
    *("sciname", "canonicalname", "acceptedname", "binomial", "binomialname", "latinname"),
)
_LESS_SURE: Final = (
    *("genusspecies", "species", "speciesname", "taxon", "taxonname", "taxa", "name", "names"),
)
_GENUS: Final = ("genus", "genusname")
_EPITHET: Final = ("species", "epithet", "specificepithet", "speciesepithet", "speciesname")
_INFRA: Final = (
    *("infraspecificepithet", "infraname", "infraepithet", "infraspecies", "subspecies", "ssp"),
)
_IDS: Final = ("assessmentid", "assessmentids", "assessment", "assessments", "id", "ids")

_OURS: Final = frozenset((*LINE_COLUMNS, CATEGORY_PE, "source", "operation"))
"""Columns of the output that a user's column may not be called."""


class _Heading(NamedTuple):
    delimiter: str
    cells: list[str]
    places: tuple[int, ...]  # of the cells that make a name together


def list_text(raw: bytes) -> str:
    """The text of a list's file: see :func:`~.names_file.decode_text`; a workbook becomes CSV.

    Raises:
        ValueError: it is no text.
        UsageError: a workbook can't be read; says why.
    """
    return _workbook_text(raw) if raw.startswith(_ZIP) else decode_text(raw)


def split_lines(text: str) -> list[str]:
    """The lines of a text, without their ends; of these there are three kinds, and no other."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if not lines[-1] else lines


def parse_list(
    lines: Iterable[str], what: ListOf, column: str | None = None
) -> tuple[InputLine, ...]:
    """Read names or ids, one a line, or a table with a column of them.

    ``column`` is the column's heading; without it the usual ones are looked for. The table's
    columns are the lines' ``own``.

    Raises:
        UsageError: there is no such column; or the lines are a table in which none was found.
    """
    csv.field_size_limit(_LONGEST_CELL)
    texts, read = list(lines), READERS[what]
    start = next((at for at, text in enumerate(texts) if _is_content(text)), len(texts))
    heading = _heading(texts[start:], what, column)
    if heading is not None:
        return _read_table(texts, start, heading, read)
    found = read(texts)
    cells = _widest(texts[start:])
    if len(cells) > 1 and not any(line.target for line in found):
        raise UsageError(
            f"No column of {what} was found among: {', '.join(cells)}.",
            Advice.NAME_COLUMN,
            usual="scientific_name" if what == "names" else "assessment_id",
        )
    return found


def _is_content(text: str) -> bool:
    text = text.strip("\ufeff\t ")
    return bool(text) and not text.startswith("#") and not _SEPARATOR_LINE.fullmatch(text)


def _heading(lines: Sequence[str], what: ListOf, column: str | None) -> _Heading | None:
    """The heading line, where the first of ``lines`` is one."""
    if not lines:
        return None
    found = []
    for delimiter in (*DELIMITERS, _NONE):
        cells = [cell.strip("\ufeff ") for cell in _first_row(lines, delimiter)]
        places = _places(cells, what) if column is None else _place_of(cells, column)
        if places and (len(cells) > 1 or delimiter == _NONE):
            found.append(_Heading(delimiter, cells, places))
    if column is not None and not found:
        raise UsageError(
            f"There is no column '{column}' in the list of {what}.",
            f"Its headings are: {', '.join(_widest(lines))}.",
        )
    return max(found, key=lambda one: len(one.cells), default=None)


def _first_row(lines: Sequence[str], delimiter: str) -> list[str]:
    # A heading may have line ends; not many.
    return next(csv.reader((f"{line}\n" for line in lines[:20]), delimiter=delimiter), [])


def _widest(lines: Sequence[str]) -> list[str]:
    """The cells of the first line, parted by what gives the most."""
    return max((_first_row(lines, one) for one in DELIMITERS), key=len) if lines else []


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]", "", heading).lower()


def _places(cells: Sequence[str], what: ListOf) -> tuple[int, ...]:
    plain = [_plain(cell) for cell in cells]

    def place(names: Sequence[str]) -> tuple[int, ...]:
        return next(((plain.index(name),) for name in names if name in plain), ())

    if what == "ids":
        return place(_IDS)
    if whole := place(_WHOLE):
        return whole
    genus, epithet = place(_GENUS), place(_EPITHET)
    if genus and epithet:
        return genus + epithet + place(_INFRA)
    return place(_LESS_SURE)


def _place_of(cells: Sequence[str], column: str) -> tuple[int, ...]:
    for known, wanted in ((cells, column), ([_plain(cell) for cell in cells], _plain(column))):
        if wanted in known:
            return (known.index(wanted),)
    return ()


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table, each with the place of its first line; of bad quotes, as they stand."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True)
    rows, start = [], 0
    try:
        for row in reader:
            rows.append((start, row))
            start = reader.line_num
    except csv.Error:  # a quote that is never closed would take all that follows
        return ((at, line.split(delimiter)) for at, line in enumerate(lines))
    return iter(rows)


def _read_table(
    lines: Sequence[str],
    start: int,
    heading: _Heading,
    read: Callable[..., tuple[InputLine, ...]],
) -> tuple[InputLine, ...]:
    (_, _), *rows = _rows(lines[start:], heading.delimiter)
    columns = _own_columns(heading.cells, max((len(row) for _, row in rows), default=0))
    texts, own = [""] * len(lines), dict[int, FlatRow]()
    for place, row in rows:
        cells = row + [""] * (len(columns) - len(row))
        text = _name([cells[one] for one in heading.places])
        comment = text.startswith("#") or (not text and cells[0].lstrip().startswith("#"))
        if comment or not any(map(str.strip, cells)):
            continue
        texts[start + place] = text
        own[start + place + 1] = dict(zip(columns, cells, strict=True))
    return read(texts, own)


def _name(cells: Sequence[str]) -> str:
    """The name that one cell has, or several; the species' may hold the genus as well."""
    texts = [cell.strip() for cell in cells]
    return " ".join(filter(None, texts[1:] if " " in "".join(texts[1:2]) else texts))


def _own_columns(headings: Sequence[str], width: int) -> list[str]:
    """The names of the user's columns in the output: all differ, also from the program's own."""
    cells = [*headings, *[""] * (width - len(headings))]
    names = (heading or f"column_{number}" for number, heading in enumerate(cells, 1))
    return each_once(f"{name}_input" if name in _OURS else name for name in names)


def _workbook_text(raw: bytes) -> str:
    """The first sheet of a workbook, as CSV."""
    try:
        from openpyxl import load_workbook  # an extra
    except ImportError:
        raise UsageError(
            "Reading a workbook needs the package openpyxl.",
            "Run `pip install 'iucn-tui[excel]'`, or save it as CSV.",
        ) from None
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # of all the rows that it says, each would be filled up
        for row in sheet.iter_rows(values_only=True):
            table.writerow([_cell_text(value) for value in row])
            if text.tell() > _LONGEST_CELL:
                raise UsageError("The workbook is larger than 64 MB.", "Split it.")
    except UsageError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged file leads to
        raise UsageError(
            f"The workbook can't be read ({type(error).__name__}).", "Save it again, or as CSV."
        ) from error
    return text.getvalue()


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        day_alone = value.time() == time()
        return (value.date() if day_alone else value).isoformat()
    return str(value)
