"""Rows searched and sorted: the same rows as looking through them by hand would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.runs.records_table import (
    BLOCK,
    Halted,
    arranged,
    empty_columns,
    narrows,
)
from tui_app.runs.records_table import (
    View as Table,
)

Row = tuple[str, ...]


class View(Table):
    """A table in memory that counts what it is asked for: rows, and calls."""

    def __init__(self, rows: list[Row], columns: Row = ("name", "year", "note")) -> None:
        self.columns = columns
        self.order = range(len(rows))
        self._rows = rows
        self.counted = {"rows": 0, "calls": 0}  # shared with what is arranged of it

    def read(self, start: int, stop: int) -> Iterator[Row]:
        self.counted["calls"] += 1
        self.counted["rows"] += stop - start
        return iter(self._rows[start:stop])

    def stored(self, place: int) -> dict[str, Any]:
        return {"place": place}


def all_of(view: Any) -> list[Row]:
    rows = view.rows(0, len(view))
    assert len(rows) == len(view)
    return rows


PANTHERS = View(
    [
        ("Panthera leo", "2023", "Lion"),
        ("Panthera tigris", "2022", "Tiger"),
        ("Puma concolor", "2015", "not a PANTHERA"),
        ("Pleopeltis", "", "fern"),
    ]
)


def test_rows_are_found_by_any_cell_in_any_case() -> None:
    assert [row[0] for row in all_of(arranged(PANTHERS, find="panthera"))] == [
        "Panthera leo",
        "Panthera tigris",
        "Puma concolor",
    ]
    assert len(arranged(PANTHERS, find="nothing like it")) == 0


@pytest.mark.parametrize(
    ("find", "names"),
    [
        ("name:PANTHERA", ["Panthera leo", "Panthera tigris"]),
        ("NAME:leo", ["Panthera leo", "Pleopeltis"]),
        ("yea:2015", ["Puma concolor"]),
        ("year:", ["Panthera leo", "Panthera tigris", "Puma concolor", "Pleopeltis"]),
        (":fern", []),
    ],
)
def test_a_columns_name_narrows_the_search_to_it(find: str, names: list[str]) -> None:
    assert [row[0] for row in all_of(arranged(PANTHERS, find=find))] == names


def test_categories_sort_by_threat() -> None:
    """Else CR stands before DD, and EN before EX and LC."""
    codes = ["VU", "", "LC", "EX", "CR", "DD", "EN", "Ex?", "NT", "EW", "CR(PE)"]
    rows = [(code, "", "") for code in codes]
    view = View(rows, ("red_list_category_code", "year", "note"))
    rising = [row[0] for row in all_of(arranged(view, sort="red_list_category_code"))]
    assert rising == ["DD", "LC", "NT", "VU", "EN", "CR", "CR(PE)", "EW", "EX", "Ex?", ""]
    falling = all_of(arranged(view, sort="red_list_category_code", descending=True))
    assert [row[0] for row in falling] == [*reversed(rising[:-1]), ""]
    countries = View([("CR", "", ""), ("AD", "", "")], ("code", "year", "note"))
    assert all_of(arranged(countries, sort="code"))[0][0] == "AD"  # Costa Rica after Andorra


def test_numbers_sort_as_numbers_before_text_and_empty_cells_come_last() -> None:
    cells = ["10", "9", "", "1e3", "-2.5", "b", "A", " ", "9", "007"]
    view = View([(cell, str(place), "") for place, cell in enumerate(cells)])
    rising = [row[0] for row in all_of(arranged(view, sort="name"))]
    assert rising == ["-2.5", "007", "9", "9", "10", "1e3", "A", "b", "", " "]
    falling = all_of(arranged(view, sort="name", descending=True))
    assert [row[0] for row in falling] == ["b", "A", "1e3", "10", "9", "9", "007", "-2.5", "", " "]
    assert [row[1] for row in falling if row[0] == "9"] == ["1", "8"]


def test_what_looks_like_a_number_to_python_alone_is_text() -> None:
    cells = ["nan", "infinity", "1_000", "٣", "5" * 60, "3"]
    view = View([(cell, "", "") for cell in cells])
    assert all_of(arranged(view, sort="name"))[0][0] == "3"


KEPT: dict[str, Callable[[str, str, str], bool]] = {
    "": lambda *row: True,
    "1": lambda *row: any("1" in cell for cell in row),
    "b": lambda *row: any("b" in cell.lower() for cell in row),
    "name:a": lambda name, *_: "a" in name.lower(),
    "ye:1": lambda name, year, note: "1" in year,
    "name:a,1 b": lambda *row: (
        ("a" in row[0].lower() or "1" in row[0]) and any("b" in cell.lower() for cell in row)
    ),
    "-name=a": lambda name, *_: name.lower() != "a",
    '-b year:""': lambda *row: not any("b" in cell.lower() for cell in row),
}
"""Filters, and what they mean."""
CELLS = st.sampled_from(["", "1", "2", "10", "a", "B", "ab", "-1", "x:y", "\0"])


@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=30),
    st.sampled_from(list(KEPT)),
    st.sampled_from([None, "name", "year", "no such column"]),
    st.booleans(),
)
def test_it_is_what_python_would_do_with_all_rows_at_hand(
    rows: list[Row], find: str, sort: str | None, descending: bool
) -> None:
    view = View(rows)
    expected = [row for row in rows if KEPT[find](*row)]
    if sort in view.columns:
        column = view.columns.index(sort)
        filled = [row for row in expected if row[column]]
        blank = [row for row in expected if not row[column]]

        def key(row: Row) -> tuple[bool, float, str]:
            cell = row[column]
            number = cell.lstrip("-").isdigit()
            return not number, float(cell) if number else 0.0, "" if number else cell.casefold()

        expected = [*sorted(filled, key=key, reverse=descending), *blank]
    found = arranged(view, find=find, sort=sort, descending=descending)
    assert all_of(found) == expected
    # In two steps, in either order, it comes to the same.
    assert all_of(arranged(arranged(view, find=find), sort=sort, descending=descending)) == expected
    assert all_of(arranged(arranged(view, sort=sort, descending=descending), find=find)) == expected


def numbers(length: int) -> View:
    return View([(f"Genus species{n}", str(n * 7919 % length), "") for n in range(length)])


def test_any_slice_is_that_part_of_the_whole_and_records_are_those_of_its_rows() -> None:
    view = numbers(1000)
    found = arranged(view, find="species1", sort="year", descending=True)
    whole = all_of(found)
    assert len(whole) == 1 + 10 + 100
    for start, stop in ((0, 5), (60, 70), (100, 5000), (-4, 2), (50, 50), (700, 800)):
        assert found.rows(start, stop) == whole[max(0, start) : stop]
    for index in (0, 17, 110):
        place = found.record(index)["place"]
        assert view.rows(place, place + 1) == [whole[index]]
    with pytest.raises(IndexError):
        found.record(111)


def test_each_row_is_read_once_even_where_the_table_is_sorted_already() -> None:
    """Else searching a sorted table of 160,000 rows decodes each page a hundred times."""
    view = numbers(5000)
    by_year = arranged(view, sort="year")
    view.counted.update(rows=0, calls=0)
    assert len(arranged(by_year, find="genus")) == 5000
    assert view.counted["rows"] == 5000
    assert view.counted["calls"] <= 5000 / BLOCK + 1


def test_what_is_halted_reads_no_further() -> None:
    view = numbers(10 * BLOCK)
    asked = 0

    def halted() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    for work in (
        lambda: arranged(view, find="x", halted=halted),
        lambda: arranged(view, sort="year", halted=halted),
        lambda: empty_columns(view, halted),
    ):
        asked = view.counted["rows"] = 0
        with pytest.raises(Halted):
            work()
        assert view.counted["rows"] == 3 * BLOCK


def test_where_nothing_is_asked_the_table_stays_as_it_is() -> None:
    assert arranged(PANTHERS) is PANTHERS
    assert arranged(PANTHERS, sort="no such column") is PANTHERS


def test_columns_are_empty_only_where_no_row_has_anything() -> None:
    rows: list[Row] = [("a", "", "")] * (2 * BLOCK)
    assert empty_columns(View(rows)) == {"year", "note"}
    assert empty_columns(View([*rows, ("", "", "x")])) == {"year"}
    assert empty_columns(View([])) == {"name", "year", "note"}


@pytest.mark.parametrize(
    ("before", "find", "so"),
    [
        ("", "leo", True),
        ("leo", "Pleopeltis", True),
        ("leo", "le", False),
        ("na", "name:leo", False),
        ("name:l", "name:leo", True),
        ("name:l", "year:leo", False),
        ("name:l", "l", False),
        ("leo", "leo year:2023", True),
        ("leo year:2023", "leo", False),
        ("year:2023 name:le", "name:leo year:2023", True),
        ("name:le,ti", "name:leo", True),
        ("name:leo", "name:leo,ti", False),
        ("-leo", "-le", False),
        ("-leo", "-leo name:l", True),
        ("L", "LC", False),  # LC is a word, which l is not
        ("LC", "LCx", False),
        ("name=leo", "name=leopard", False),
        ("nothing:x", "name:leo", False),
    ],
)
def test_a_search_goes_on_from_the_last_one_only_where_it_asks_for_more(
    before: str, find: str, so: bool
) -> None:
    assert narrows(before, find, PANTHERS.columns) is so
