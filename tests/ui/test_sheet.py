"""A table's contents: only what is in view is ever asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.screens import Table
from tui_app.ui.records.sheet import CHUNK, Sheet


def test_rows_come_in_chunks_when_they_are_loaded() -> None:
    table = Table(100_000)
    sheet = Sheet(table)
    assert sheet.row(0) == ("100000", "Genus species0", "https://example.org/0")
    assert sheet.row(50_000) is None
    assert sheet.lacks(50_000 // CHUNK)
    sheet.load(50_000 // CHUNK)
    assert sheet.row(50_000) == ("150000", "Genus species50000", "https://example.org/50000")
    assert sum(stop - start for start, stop in table.asked) < 1000


def test_there_is_nothing_before_the_first_or_after_the_last_chunk() -> None:
    sheet = Sheet(Table(100))
    assert not sheet.lacks(-1)
    assert sheet.lacks(1)
    assert not sheet.lacks(2)


def test_memory_is_bounded() -> None:
    sheet = Sheet(Table(100_000))
    for number in range(200):
        sheet.load(number)
    assert sheet.lacks(0)
    assert sheet.row(199 * CHUNK) is not None


def test_columns_are_as_wide_as_their_first_rows_up_to_a_limit() -> None:
    class Long(Table):
        def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
            return [("1", "x" * 200, "\x1b[31m") for _ in range(start, min(stop, self.length))]

    sheet = Sheet(Long(3))
    assert sheet.widths == [13, 44, 5]
    assert sheet.row(0) == ("1", "x" * 200, "�[31m")


def test_no_rows_at_all() -> None:
    sheet = Sheet(Table(0))
    assert sheet.length == 0
    assert sheet.widths == [13, 21, 3]


def test_rows_that_are_missing_in_the_source_are_blank() -> None:
    class Short(Table):
        def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
            return super().rows(start, min(stop, 10))

    assert Sheet(Short(20)).row(15) == ("", "", "")


class Assessed(Table):
    columns = (
        *("assessment_date", "url", "sis_taxon_id", "latest", "taxon_scientific_name"),
        *("scopes_description", "red_list_category_code", "year_published", "criteria"),
    )

    def __init__(self) -> None:
        self.order = range(3)

    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        row = ("2020-01-01", "https://x", "1", "true", "G" * 60, "Global", "CR", "2020", "A")
        return iter([row] * (stop - start))


NAME, CATEGORY, YEAR, SCOPE = (
    *("taxon_scientific_name", "red_list_category_code", "year_published"),
    "scopes_description",
)


def test_the_species_its_category_year_and_scope_come_first() -> None:
    """Else one scrolls past 60 columns of a full assessment to its category."""
    sheet = Sheet(Assessed())
    columns = sheet.lay_out((), {}, 5, 200)
    assert [column.name for column in columns] == [
        *(NAME, CATEGORY, YEAR, "latest", SCOPE),
        *("assessment_date", "criteria", "sis_taxon_id", "url"),
    ]
    assert columns[0].place == sheet.name_place == 4
    assert [sheet.row(0)[column.place] for column in columns[1:4]] == ["CR", "2020", "true"]
    hidden = sheet.lay_out((NAME, "latest"), {}, 5, 200)
    assert [column.name for column in hidden[:3]] == [CATEGORY, YEAR, SCOPE]
    assert hidden[0].start == 5


@pytest.mark.parametrize("room", [70, 76, 100])
def test_where_there_is_little_room_headings_are_short_and_names_cut(room: int) -> None:
    """Else `red_list_category_code` takes 22 cells for two letters, and the rest is off screen."""
    columns = Sheet(Assessed()).lay_out((), {YEAR: "▲ "}, 5, room)
    assert [column.heading for column in columns[:5]] == [
        *("name", "category", "▲ year", "latest", "scope"),
    ]
    assert columns[0].width <= room / 3
    assert columns[4].start + columns[4].width <= room
    wide = Sheet(Assessed()).lay_out((), {}, 5, 200)
    assert [column.heading for column in wide[:3]] == [NAME, CATEGORY, YEAR]


def test_rows_that_are_found_do_not_move_the_columns() -> None:
    """Else the columns jump with each letter that is typed."""
    nothing = Assessed()
    nothing.order = range(0)
    whole, none = Sheet(Assessed()), Sheet(nothing)
    assert none.lay_out((), {}, 5, 76) != whole.lay_out((), {}, 5, 76)
    for room in (76, 200):
        assert none.as_wide_as(whole).lay_out((), {}, 5, room) == whole.lay_out((), {}, 5, room)
