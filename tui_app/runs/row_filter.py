"""Filters on the rows of a table, as text: ``category:CR,EN -latest=false name:"canis lupus"``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, partial
from typing import Final

from tui_app.redlist.codes import built_in
from tui_app.redlist.text import visible

from .columns import column_meant, short_name

_QUOTED: Final = '"(?:[^"]|"")*"'
_WORD: Final = re.compile(rf'(?:{_QUOTED}|"[^"]*$|[^\s"])+')
_COLUMN: Final = re.compile(rf'(-?)(?:({_QUOTED}|[^\s":=]+?)(!?[:=]))?(.*)', re.DOTALL)
_VALUE: Final = re.compile(rf'(?:{_QUOTED}|[^,"])+')
_PLAIN: Final = re.compile(r'[^\s",:=!-][^\s",:=!]*')
"""What needs no quotes."""
_CAPITALS: Final = re.compile("[A-Z]{2,3}")
_CATEGORY: Final = re.compile("(.*_)?category(_code|_pe)?(_before|_after)?")
"""Columns that hold a category's letters."""


class _How(Enum):
    PART = "contains it, in any case"
    CATEGORY = "contains it, or names a category that does"
    WORD = "contains it as a word, in this case"
    CODE = "contains it as a word, in any case"
    WHOLE = "is it, in any case"


@dataclass(frozen=True, slots=True)
class _Value:
    how: _How
    text: str

    def test(self) -> Callable[[str], object]:
        """Whether a cell has it."""
        wanted = self.text
        if self.how in (_How.WORD, _How.CODE):
            case = re.IGNORECASE if self.how is _How.CODE else 0
            return re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)", case).search
        if self.how is _How.WHOLE:
            return partial(_is, wanted)
        if self.how is _How.CATEGORY:
            names = _category_names()
            return lambda cell: wanted in cell.casefold() or wanted in names.get(cell, "")
        return lambda cell: wanted in cell.casefold()


@dataclass(frozen=True, slots=True)
class Term:
    """A filter on one column, or on all of them: a row has one of the values, or none of them."""

    column: int | None
    values: tuple[_Value, ...]
    excluded: bool

    def test(self) -> Callable[[Sequence[str]], bool]:
        """Whether the term keeps a row."""
        tests, column, kept = [one.test() for one in self.values], self.column, not self.excluded

        def keeps(row: Sequence[str]) -> bool:
            # One search per row, not one per cell: nothing typed has the NUL between cells.
            cell = "\0".join(row) if column is None else row[column]
            return any(test(cell) for test in tests) is kept

        return keeps

    def within(self, other: Term) -> bool:
        """Whether the other term surely keeps every row that this one keeps."""
        if self == other:
            return True
        if self.column != other.column or self.excluded or other.excluded:
            return False
        parts = (_How.PART, _How.CATEGORY)
        return all(
            mine.how in parts
            and any(one.how is mine.how and one.text in mine.text for one in other.values)
            for mine in self.values
        )


def split(find: str) -> list[str]:
    """The terms of a filter, each as it is written, with a quotation mark to close what is open."""
    return [word + '"' * (word.count('"') % 2) for word in _WORD.findall(find)]


def read(find: str, columns: Sequence[str]) -> list[Term]:
    """What a filter means for these columns. Terms without a value are left out.

    White space separates terms, all of which hold; commas separate values, one of which does.
    ``column:value`` is contained in the column, ``column=value`` is all of it; without a column it
    is looked for in all. Case counts only for two or three capitals without quotes: ``CR`` is
    found as a word. A minus before the term, or ``!`` before ``:`` or ``=``, excludes.

    Raises:
        UsageError: no column has such a name, or several do.
    """
    return [term for word in split(find) if (term := _term(word, columns)).values]


def term_of(column: str, value: str, columns: Sequence[str], *, excluded: bool = False) -> str:
    """The term for the rows that have this value in a column, or for all others."""
    name = short_name(column, columns)
    return f"{'-' * excluded}{_written(name)}={_written(value)}"


def holds_category(column: str) -> bool:
    """Whether a column of this name holds a category's letters."""
    return _CATEGORY.fullmatch(column) is not None


def all_of(terms: Sequence[Term]) -> Callable[[Sequence[str]], bool]:
    """Whether a row is kept by every term."""
    tests = [one.test() for one in sorted(terms, key=lambda one: one.column is None)]
    return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)


def _term(word: str, columns: Sequence[str]) -> Term:
    minus, name, sign, rest = _COLUMN.fullmatch(word).groups()  # type: ignore[union-attr]
    column = columns.index(column_meant(_bare(name), columns)) if name else None
    exact = bool(sign) and sign.endswith("=")
    category = column is not None and holds_category(columns[column])
    values = tuple(_values(rest, exact=exact, category=category))
    return Term(column, values, bool(minus) ^ bool(sign and sign[0] == "!"))


def _values(text: str, *, exact: bool, category: bool) -> Iterator[_Value]:
    for written in _VALUE.findall(text):
        value, quoted = _bare(written), '"' in written
        if exact:
            yield _Value(_How.WHOLE, value.casefold())
        elif not value.strip():
            continue
        elif not quoted and _CAPITALS.fullmatch(value):
            yield _Value(_How.WORD, value)
        elif category and value.casefold() in _category_codes():
            yield _Value(_How.CODE, value)
        else:
            yield _Value(_How.CATEGORY if category else _How.PART, value.casefold())


def _is(wanted: str, cell: str) -> bool:
    # What was taken from the screen has no control characters.
    return cell.casefold() == wanted or (
        not cell.isprintable() and visible(cell, None).casefold() == wanted
    )


def _written(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _bare(text: str) -> str:
    """A text without the quotation marks around parts of it."""
    return re.sub(_QUOTED, lambda quoted: quoted[0][1:-1].replace('""', '"'), text)


@cache
def _category_names() -> dict[str, str]:
    return {one.code: one.description.casefold() for one in built_in("red_list_categories")}


@cache
def _category_codes() -> frozenset[str]:
    return frozenset(code.casefold() for code in _category_names())
