"""How methods look: each its own way, as far as there are ways, and always legibly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from tests.support.packages import Install
from tui_app.methods import known_methods
from tui_app.report.phases import LIGHT, mark_of
from tui_app.ui.categories import contrast
from tui_app.ui.theme import LIGHT_THEME, THEME, look_of, use_inks


@pytest.fixture(autouse=True)
def dark_again() -> Iterator[None]:
    yield
    use_inks(dark=True)


@pytest.mark.parametrize("theme", [THEME, LIGHT_THEME])
def test_three_foreign_methods_differ_from_ours_and_from_each_other(
    others: Install, theme: object
) -> None:
    """By colour and by marker: not everybody sees both."""
    others("their-package", dict.fromkeys(("trio", "curl", "b" * 24), "theirs"))
    use_inks(dark=theme is THEME)
    names = known_methods()
    looks = [look_of(name) for name in names]
    assert len(names) == len({one.colour for one in looks}) == len({one.marker for one in looks})
    assert {cell_len(one.marker) for one in looks} == {1}
    for paper in (theme.background, theme.surface, theme.panel):  # type: ignore[attr-defined]
        assert min(contrast(one.colour, paper) for one in looks) >= 4.5
    marks = [mark_of(name) for name in names]
    assert len({one.colour for one in marks}) == len({one.shape for one in marks}) == 7
    assert min(contrast(LIGHT[one.colour], "#ffffff") for one in marks) >= 4.5


def test_more_of_them_and_those_that_are_gone_share_what_there_is(others: Install) -> None:
    """A kept run may be of a method that is not installed any more."""
    others("their-package", dict.fromkeys((f"m{number}" for number in range(9)), "theirs"))
    for name in (*known_methods(), "gone", "", "übrig"):
        assert look_of(name).colour
        assert mark_of(name).colour in LIGHT
