"""From nested records to flat rows, under names that R users know, and to tidy tables.

``scopes: [{"description": {"en": "Global"}, "code": "1"}]`` becomes ``scopes_code`` = ``1``
and ``scopes_description`` = ``Global``; several items are joined as ``a|b``, each column in
the same order, so that the parts still line up. Dates become days: ``2024-05-17``. Of lists whose
items have no code, a flat row has nothing: they are tables of their own.

:func:`tidy` makes one table of each list of a full assessment; no item and no field is lost::

    assessments      a row: all that is not a list; scopes, systems… also as "a|b"
    documentation    a row a section: range, population, habitats, …
    threats          a row an item, and so for every list at any depth, known or new:
                     taxon_synonyms, supplementary_info_conservation_actions_in_place, …
    …_actions        a list of objects inside an item: its rows begin with the item's number
    other            rows of lists whose name makes no file name, with the name in ``list``

:func:`tidy_taxon` does so for a taxon with its assessments::

    history          a row an assessment, the taxon's own fields repeated
    taxa             a row a taxon
    synonyms         a row an item, and so for every list of the taxon: common_names, ssc_groups…
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from types import NoneType
from typing import Any, Final, TypeVar

import msgspec

from .codes import full_description
from .columns import (
    ASSESSMENTS,
    DOCUMENTATION,
    FULL,
    HISTORY,
    IDS,
    ITEM,
    OTHER,
    SHORT,
    TAXA,
    TAXA_TABLES,
    TAXON_IDS,
    WELL_KNOWN,
)
from .decode import Record
from .taxon import COMMON_NAME, common_name, taxon_of, with_category_pe
from .text import plain_text

_CODED: Final = ("code", "description")
"""What a cell has of the items of a list: of those with a code, a column each."""

_TIMESTAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")

Cell = str | int | float | bool | None
"""What a cell of a flat row can hold."""
FlatRow = dict[str, Cell]


def is_date(name: str) -> bool:
    """Whether a field holds a date, by its name: ``assessment_date``."""
    return name.endswith("date")


def each_once(names: Iterable[str]) -> list[str]:
    """The names in order; one that came before gets ``_2`` behind it, and so on."""
    found: dict[str, None] = {}
    for name in names:
        free, number = name, 2
        while free in found:
            free, number = f"{name}_{number}", number + 1
        found[free] = None
    return list(found)


def day_of(value: Any) -> Any:
    """The day of a date as the API writes it; anything else as it is.

    The API has written days as midnight in UTC and as midnight in London with its offset; in
    every form the first ten characters are the day.
    """
    return days_of((value,))[0]


def days_of(values: Iterable[Any]) -> list[Any]:
    """What :func:`day_of` gives, of many values."""
    is_timestamp = _TIMESTAMP.match
    return [
        value[:10] if isinstance(value, str) and is_timestamp(value) else value for value in values
    ]


def flatten(record: Record) -> dict[str, Cell]:
    """One flat row: nested objects get ``parent_child`` names, lists of codes become ``a|b``.

    So do lists of plain values. Other lists of objects have no cell: they are in :func:`tidy`'s
    tables. Null is no item.
    """
    row: dict[str, Cell] = {}
    for name, value in record.items():
        if (type(value) is str or value is None) and name not in row:  # most fields by far
            row[name] = day_of(value) if is_date(name) else value
        else:
            _add(row, _cells(name, value))
    return row


def _add(row: FlatRow, cells: Iterable[tuple[str, Cell]], *, fill: bool = False) -> None:
    """Add cells; one whose name is taken by another value gets a number: ``a_b_2``.

    ``fill``: null takes no name, so that a value goes into its place.
    """
    for name, cell in cells:
        free, number = name, 2
        while row.get(free, cell) != cell and not (fill and None in (cell, row[free])):
            free, number = f"{name}_{number}", number + 1
        if not fill or row.get(free) is None:
            row[free] = cell


def _cells(name: str, value: Any) -> Iterator[tuple[str, Cell]]:
    if isinstance(value, dict):
        if value.keys() == {"en"}:  # {"description": {"en": "Global"}}: the language says nothing
            yield from _cells(name, value["en"])
            return
        for key, inner in value.items():
            yield from _cells(f"{name}_{key}", inner)
    elif isinstance(value, list):
        yield from _list_cells(name, value)
    else:
        yield name, day_of(value) if is_date(name) else value


def _list_cells(name: str, items: list[Any]) -> Iterator[tuple[str, Cell]]:
    # No item, no column: beside scopes_code an empty "scopes" would only puzzle.
    said = [item for item in items if item is not None]
    if not any(isinstance(item, dict | list) for item in said):
        if said:
            yield name, "|".join(map(_text, said))
        return
    items_cells = [dict(_coded(item)) for item in said if isinstance(item, dict)]
    coded = [cells for cells in items_cells if "code" in cells]
    for part in dict.fromkeys(part for cells in coded for part in cells):
        yield f"{name}_{part}", "|".join(_text(cells.get(part)) for cells in coded)


def _coded(item: Record) -> Iterator[tuple[str, Cell]]:
    for part, value in item.items():
        if part in _CODED:
            cell = value["en"] if _is_worded(value) else value
            if cell is not None and not isinstance(cell, dict | list):
                yield part, cell


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("|", "\\|")


Names = tuple[str, ...]
Row = tuple[Cell, ...]
Block = tuple[Names, list[Row]]
"""Names of columns, and rows that have them in this order."""

_Part = tuple[Names, Row]
"""What becomes of one list or object."""

_Key = TypeVar("_Key")

_MOST_ROWS: Final = 200
_PLAIN: Final = frozenset((str, int, float, NoneType))
_PLAIN_OR_BOOL: Final = _PLAIN | {bool}
_SHORT_BYTES: Final = 600
_MOST_SHORT: Final = 2000


class Flattener:
    """Gives the rows that :func:`flatten` gives, some at a time.

    Records of a list have the same fields, so that one look at a column tells what is in it for
    many rows; and few kinds of ``scopes``, so that these are flattened once.
    """

    def __init__(self, *, false: Cell = False, true: Cell = True) -> None:
        """``false`` and ``true`` are what stands for these in a cell."""
        self._truth = (false, true)
        self._short: dict[tuple[str, bytes], _Part] = {}
        self._pack = msgspec.json.Encoder().encode

    def blocks(self, records: Iterable[Record]) -> Iterator[Block]:
        """All rows in order; those of a block, and at most so many, have the same columns."""
        rest = iter(records)
        while some := list(islice(rest, _MOST_ROWS)):
            for fields, run in _runs(list(map(tuple, some))):
                yield from self._flat(fields, some[run])

    def _flat(self, fields: Names, alike: list[Record]) -> Iterator[Block]:
        columns: list[Sequence[Any]] = list(zip(*[one.values() for one in alike], strict=True))
        parts: dict[int, list[_Part]] = {}
        for place, column in enumerate(columns):
            types = set(map(type, column))
            if types <= _PLAIN:
                if str in types and is_date(fields[place]):
                    columns[place] = days_of(column)
                continue
            if types <= _PLAIN_OR_BOOL:
                columns[place] = self._told(column)
            else:
                parts[place] = self._parts(fields[place], column)
        layouts: list[tuple[Names, ...]] = [()] * len(alike)
        if parts:
            layouts = list(
                zip(*[[names for names, _ in one] for one in parts.values()], strict=True)
            )
        for layout, run in _runs(layouts):
            names: list[str] = []
            cells: list[Sequence[Cell]] = []
            inner = iter(layout)
            for place, field in enumerate(fields):
                if place in parts:
                    names += next(inner)
                    cells += zip(*[one for _, one in parts[place][run]], strict=True)
                else:
                    names.append(field)
                    cells.append(columns[place][run])
            if not names:
                yield (), [()] * len(alike[run])
            elif len(set(names)) == len(names):
                yield tuple(names), list(zip(*cells, strict=True))
            else:  # two fields come to the same name: that takes a look at their values
                yield from map(self._one, alike[run])

    def _one(self, record: Record) -> Block:
        row = flatten(record)
        return tuple(row), [tuple(self._told(row.values()))]

    def _parts(self, name: str, column: Sequence[Any]) -> list[_Part]:
        """What becomes of values that aren't cells themselves; of short lists remembered."""
        try:
            packed = list(map(self._pack, column))
        except (TypeError, ValueError):  # half a surrogate pair is no JSON
            return [self._part(name, value) for value in column]
        known = self._short
        return [
            known.get((name, key)) or self._part(name, value, key)
            for key, value in zip(packed, column, strict=True)
        ]

    def _part(self, name: str, value: Any, packed: bytes = b"") -> _Part:
        row = flatten({name: value})
        part = tuple(row), tuple(self._told(row.values()))
        # As JSON an infinite number is null, too: that must not be taken for the same.
        if 0 < len(packed) <= _SHORT_BYTES and b"null" not in packed:
            if len(self._short) >= _MOST_SHORT:
                self._short.clear()
            self._short[name, packed] = part
        return part

    def _told(self, cells: Iterable[Cell]) -> list[Cell]:
        """Cells with truth values as they are to be."""
        false, true = self._truth
        return [true if cell is True else false if cell is False else cell for cell in cells]


def _runs(keys: Iterable[_Key]) -> Iterator[tuple[_Key, slice]]:
    """Where neighbours are the same."""
    start = 0
    for key, run in groupby(keys):
        stop = start + len(list(run))
        yield key, slice(start, stop)
        start = stop


OBJECTS: Final = ("taxon", "population_trend", "red_list_category", "supplementary_info")
"""What is an object, with columns for its fields: null leaves these out."""

STEMS: Final = {"researches": "research", "locations": "countries"}
"""Code-list operations that aren't called like the list that uses their codes."""

_IN_IDS: Final = ("sis_id", "scientific_name")
"""Fields of a taxon that begin its rows."""

Path = tuple[str, ...]
"""Keys that lead to a value, without ``en`` and places in lists."""

_FILE_NAME: Final = re.compile(r"(?!(?:con|prn|aux|nul|(?:com|lpt)[0-9])\Z)[a-z0-9_]{1,80}")
_NO_SCALARS: Final = frozenset((*WELL_KNOWN, *TAXA_TABLES, *OBJECTS))
_DEEPEST: Final = 12  # what is nested deeper stays JSON; real assessments go to 6


def tidy(
    assessment: Record, codes: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, FlatRow]]:
    """The rows of one full assessment, each with the table that it belongs to.

    Every row begins with the ids, those of lists go on with ``item``. Then come the fields under
    the API's names, as :func:`flatten` gives them; one that is called like those before gets
    ``own_`` (a subspecies' ``own_scientific_name``). Plain values in a list stand under
    ``value``. Coded rows of a scheme with steps end with ``description_full``, for which ``codes``
    has the descriptions by code, by code-list operation (``threats``, ``research``).
    """
    parts = _Parts(_ids(assessment), codes, (ASSESSMENTS, DOCUMENTATION, OTHER))
    fields = with_category_pe(assessment)
    sections = fields.get(DOCUMENTATION)
    if isinstance(sections, dict):
        fields = {name: value for name, value in fields.items() if name != DOCUMENTATION}
    row, found = parts.split(fields.items())
    for name in SHORT:
        own = [one for table, one in found if table == name]
        for part in _CODED:
            cells = ["" if one.get(part) is None else _text(one[part]) for one in own]
            _add(row, [(f"{name}_{part}", "|".join(cells) if any(cells) else None)], fill=True)
    _add(row, [(COMMON_NAME, common_name(taxon_of(assessment)))], fill=True)
    yield ASSESSMENTS, row
    yield from found
    if isinstance(sections, dict):
        for section, value in sections.items():
            html = _plain_cell(value["en"] if _is_worded(value) else value)
            if html is not None:
                text = plain_text(html) if isinstance(html, str) else None
                yield DOCUMENTATION, {**parts.ids, "section": section, "html": html, "text": text}


def tidy_taxon(
    answer: Record,
    rows: Iterable[Record],
    codes: Mapping[str, Mapping[str, str]],
) -> Iterator[tuple[str, FlatRow]]:
    """The rows of one taxon, each with the table that it belongs to.

    ``answer`` is of ``taxa/sis/ID`` or ``taxa/scientific_name``, ``rows`` are those of its
    :func:`~tui_app.redlist.taxon.history`. Fields are called as in :func:`tidy`'s rows.
    """
    for row in rows:
        yield HISTORY, flatten(row)
    taxon = taxon_of(answer)
    found_ids = taxon.get("sis_id", answer.get("sis_id")), taxon.get("scientific_name")
    ids = {name: _plain_cell(one) for name, one in zip(TAXON_IDS, found_ids, strict=True)}
    parts = _Parts(ids, codes, (HISTORY, TAXA, OTHER))
    own = [pair for pair in taxon.items() if pair[0] not in _IN_IDS]
    elsewhere = (("sis_id", found_ids[0]), ("taxon", taxon), (ASSESSMENTS, answer.get(ASSESSMENTS)))
    others = [pair for pair in answer.items() if pair not in elsewhere]
    row, found = parts.split([*own, (COMMON_NAME, common_name(taxon)), *others])
    yield TAXA, row
    yield from found


class _Parts:
    """Makes a row of a record, and rows of its lists, all of which begin with the same ids."""

    def __init__(self, ids: FlatRow, codes: Mapping[str, Mapping[str, str]], taken: Names) -> None:
        self.ids = ids
        self._codes = codes
        self._owners: dict[str, Path] = dict.fromkeys(taken, ())

    def split(self, fields: Iterable[tuple[str, Any]]) -> tuple[FlatRow, list[tuple[str, FlatRow]]]:
        """The row of some fields without their lists, and the rows of these."""
        lists = _Lists(joined=False)
        row = dict(self.ids)
        for key, value in fields:
            _add(row, flatten({key: lists.taken_from(value, (key,), 0)}).items(), fill=True)
        return row, [pair for one in lists.found for pair in self._items(*one, ())]

    def _items(
        self, path: Path, items: list[Any], depth: int, above: tuple[int, ...]
    ) -> Iterator[tuple[str, FlatRow]]:
        table, head = self._table(path)
        scheme = self._codes.get(STEMS.get(path[-1], path[-1]), {})
        stepped = any("_" in code for code in scheme)
        for place, item in enumerate(items, 1):
            if item is None:
                continue
            places = (*above, place)
            numbers = {f"{ITEM}_{level}": inner for level, inner in enumerate(places[1:], 2)}
            row = {**head, ITEM: places[0], **numbers}
            lists = _Lists(joined=True)
            fields = item if isinstance(item, dict) else {"value": item}
            own = flatten(
                {key: lists.taken_from(value, (*path, key), depth) for key, value in fields.items()}
            )
            taken = own.keys() & row.keys()
            _add(
                row,
                ((f"own_{name}" if name in taken else name, own[name]) for name in own),
                fill=True,
            )
            code, leaf = own.get("code"), own.get("description")
            if stepped and code is not None:
                full = full_description(str(code), scheme, leaf if isinstance(leaf, str) else None)
                _add(row, [(FULL, full or None)], fill=True)
            yield table, row
            for one in lists.found:
                yield from self._items(*one, places)

    def _table(self, path: Path) -> tuple[str, FlatRow]:
        name = "_".join(path).lower()
        # Two lists may make one name (a_b, and b in a): the second goes where its name is told.
        if _FILE_NAME.fullmatch(name) and self._owners.setdefault(name, path) == path:
            return name, self.ids
        return OTHER, {**self.ids, "list": ".".join(path)}


class _Lists:
    """The lists that are taken out of an object, to become tables."""

    def __init__(self, *, joined: bool) -> None:
        self.found: list[tuple[Path, list[Any], int]] = []
        self._joined = joined  # lists of plain values stay, as one cell

    def taken_from(self, value: Any, path: Path, depth: int) -> Any:
        """``value`` without its lists: an empty one, in the place of each, makes no column."""
        if isinstance(value, dict | list) and depth >= _DEEPEST:
            return _json(value)
        if isinstance(value, dict):
            if _is_worded(value):
                return {"en": self.taken_from(value["en"], path, depth + 1)}
            return {
                key: self.taken_from(inner, (*path, key), depth + 1) for key, inner in value.items()
            }
        if isinstance(value, list):
            if self._joined and not any(isinstance(item, dict | list) for item in value):
                return value
            self.found.append((path, value, depth + 1))
            return []
        if value is None and not self._joined and "_".join(path) in _NO_SCALARS:
            return []  # null in the place of a list: no items
        return value


def _ids(assessment: Record) -> FlatRow:
    taxon = assessment.get("taxon")
    taxon = taxon if isinstance(taxon, dict) else {}
    found = (
        assessment.get("assessment_id"),
        assessment.get("sis_taxon_id", taxon.get("sis_id")),
        taxon.get("scientific_name", assessment.get("taxon_scientific_name")),
    )
    return {name: _plain_cell(value) for name, value in zip(IDS, found, strict=True)}


def _is_worded(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"en"}


def _plain_cell(value: Any) -> Cell:
    return _json(value) if isinstance(value, dict | list) else value


def _json(value: dict[str, Any] | list[Any]) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except RecursionError:
        return "(nested too deeply)"
