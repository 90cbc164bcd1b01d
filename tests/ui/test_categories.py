"""The Red List's categories: legible on their colours, and never guessed from letters alone."""

from __future__ import annotations

import pytest

from tui_app.redlist.codes import built_in
from tui_app.ui.categories import CATEGORIES, category, category_in, contrast


@pytest.mark.parametrize("one", CATEGORIES.values(), ids=CATEGORIES)
def test_letters_can_be_read_on_their_colour(one) -> None:
    assert contrast(one.ink, one.colour) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#d81e05", "#d81e05") == 1


def test_categories_are_called_what_the_api_calls_them() -> None:
    known = {one.code: one.description.lower() for one in built_in("red_list_categories")}
    shared = CATEGORIES.keys() & known.keys()
    assert {"EX", "EW", "CR", "EN", "VU", "NT", "LC", "DD"} <= shared
    for code in shared - {"NA", "NE", "RE"}:
        assert CATEGORIES[code].name.lower().split("/")[-1] in known[code]


@pytest.mark.parametrize(
    ("column", "row", "code"),
    [
        ("red_list_category_code", {"red_list_category_code": "CR"}, "CR"),
        ("category", {"category": "LR/lc"}, "LR/lc"),
        ("red_list_category_code", {"red_list_category_code": "cr"}, None),
        ("red_list_category_code", {"red_list_category_code": None}, None),
        ("code", {"code": "CR", "code_type": "red_list_category"}, "CR"),
        ("code", {"code": "CR", "code_type": "country"}, None),  # Costa Rica
        ("code", {"code": "NE"}, None),  # Niger
        ("code", {"code": "NE", "description": "Niger"}, None),
        ("code", {"code": "CR", "description": "Critically Endangered"}, "CR"),
        ("scopes_code", {"scopes_code": "EX"}, None),
    ],
)
def test_a_cell_is_a_category_only_where_its_row_says_so(column, row, code) -> None:
    assert category_in(column, row) is category(code)
