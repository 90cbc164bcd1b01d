"""How figures and foreign text are written."""

from __future__ import annotations

import pytest

from tui_app.redlist.text import counted, joined
from tui_app.ui import text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"), (0.0, "0 s"), (0.00004, "0.04 ms"), (0.0004, "0.4 ms"), (0.00312, "3.1 ms"),
        (0.0123, "12 ms"), (0.0994, "99 ms"), (0.0996, "0.10 s"), (0.61, "0.61 s"),
        (9.996, "10.0 s"), (345.6, "346 s"), (1_234.5, "1,234 s"),
    ],
)  # fmt: skip
def test_seconds(value: float | None, written: str) -> None:
    assert text.seconds(value) == written


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (None, 2, "–"), (0.0, 2, "0.00"), (0.0004, 2, "0.0004"), (0.0004, 3, "0.0004"),
        (0.0061, 2, "0.01"), (0.61, 2, "0.61"), (0.61, 3, "0.610"), (9.996, 2, "10.0"),
        (9.996, 3, "9.996"), (345.6, 3, "346"), (1_234.5, 2, "1,234"),
    ],
)  # fmt: skip
def test_seconds_below_a_heading_with_the_unit(
    value: float | None, decimals: int, written: str
) -> None:
    """Else what took time is shown as none."""
    assert text.seconds_cell(value, decimals) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "–"), (0.04, "0.04"), (3.21, "3.2"), (9.96, "10"), (12_345.0, "12,345")],
)
def test_milliseconds(value: float | None, written: str) -> None:
    assert text.milliseconds(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (132_000, "132 kB"), (999_700, "1.0 MB"),
     (3_100_000, "3.1 MB"), (5_000_000_000, "5.0 GB"), (5_000_000_000_000, "5,000 GB")],
)  # fmt: skip
def test_size(value: int, written: str) -> None:
    assert text.size(value) == written


def test_clock() -> None:
    assert [text.clock(s) for s in (0, 12.9, 75, 3725)] == ["00:00", "00:12", "01:15", "1:02:05"]


def test_plural_and_lists() -> None:
    assert counted(1, "page") == "1 page"
    assert counted(1000, "record") == "1,000 records"
    assert joined((1, 3, 5, 10)) == "1, 3, 5 and 10"
    assert joined((7,)) == "7"


def test_pace() -> None:
    assert text.pace(None) == "rate limit off"
    assert text.pace(2.0) == "rate limit 2/s"


def test_foreign_text_cannot_steer_the_terminal() -> None:
    assert text.clean("a\x1b[31mred\x07\x9b\u202eb") == "a�[31mred���b"
    assert text.clean("two\r\nlines\tand a tab") == "two lines and a tab"
    assert text.clean("[bold]not markup[/]") == "[bold]not markup[/]"


def test_fit() -> None:
    assert text.fit("abc", 5) == "abc  "
    assert text.fit("abcdef", 4) == "abc…"
    assert text.fit("abc", 0) == ""
