"""Of several assessments of a taxon the one that is its status, in a list of many taxa."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from tests.support.repeatable import given
from tests.support.scopes import EUROPE, GLOBAL, MEDITERRANEAN, ROWS, STATUSES, row
from tui_app.redlist.status import one_per_taxon, preferred, several_latest, taxon_id


def chosen(rows: list[dict[str, Any]]) -> set[int]:
    """The places of the rows that are chosen."""
    return one_per_taxon((place, taxon_id(one), one) for place, one in enumerate(rows))


def test_each_taxon_keeps_the_row_that_is_its_status() -> None:
    """Latest Global, else latest, else newest: else taxa are counted twice, or by a region."""
    assert {ROWS[place]["assessment_id"] for place in chosen(ROWS)} == set(STATUSES)
    assert chosen([]) == set()


@pytest.mark.parametrize("taxon", [None, [], {}, 1.5])
def test_rows_without_a_taxon_are_kept(taxon: Any) -> None:
    """Else a list of codes, or a row with a field that is null, is gone without a word."""
    assert chosen([{"code": "1"}, {"sis_taxon_id": taxon}, {"sis_taxon_id": taxon}]) == {0, 1, 2}


ROW = st.fixed_dictionaries(
    {
        "sis_taxon_id": st.integers(1, 3),
        "latest": st.booleans(),
        "year_published": st.sampled_from(["1996", "2012", "2024", None, "soon"]),
        "scopes": st.sampled_from(
            [[], None, [{"code": "1"}], [{"code": "2"}], [{"code": "2"}, {"code": "1"}]]
        ),
    }
)


@given(st.lists(ROW, max_size=12))
def test_it_is_the_preferred_one_of_each_taxon(rows: list[dict[str, Any]]) -> None:
    """Else a list and a list of names give a taxon different assessments."""
    taxa = {one["sis_taxon_id"] for one in rows}
    wanted = [preferred(one for one in rows if one["sis_taxon_id"] == taxon) for taxon in taxa]
    places = chosen(rows)
    assert len(places) == len(wanted)
    assert all(any(rows[place] is one for place in places) for one in wanted)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (ROWS, "2 taxa have more than one latest assessment (Global, Europe…)."),
        (ROWS[:2], "1 taxon has more than one latest assessment (Global, Europe)."),
        # Two operations list the same assessment: it is still one.
        ([ROWS[0], ROWS[6], ROWS[6]], "0 taxa have more than one latest assessment."),
        (
            [row(n, n // 2, 2020, latest=True) for n in range(2_468)],
            "1,234 taxa have more than one latest assessment.",
        ),
        (
            [
                row(1, 1, 2020, MEDITERRANEAN, latest=True),
                row(2, 1, 2020, EUROPE, latest=True),
                row(3, 1, 2020, MEDITERRANEAN, latest=True),
                row(4, 2, 2020, GLOBAL, latest=True),
            ],
            "1 taxon has more than one latest assessment (Mediterranean, Europe).",
        ),
    ],
)
def test_taxa_with_several_latest_assessments_are_counted(rows: list[Any], words: str) -> None:
    """Else regional assessments among the latest ones go unnoticed."""
    assert str(several_latest(rows)) == words


def test_a_scopes_name_can_not_steer_a_terminal() -> None:
    """Else a server writes what it likes on the screen of whoever reads the notice."""
    evil = ("2", "Eu\x1b[31mrope" + "x" * 500)
    words = str(several_latest([row(n, 1, 2020, evil, latest=True) for n in (1, 2)]))
    assert "\x1b" not in words
    assert len(words) < 140


@pytest.mark.parametrize("scopes", [None, "x", [None], [{"code": 2}], [{"description": []}]])
def test_any_scopes_are_counted(scopes: Any) -> None:
    """Else a list with a field that is null ends the command."""
    rows = [{"sis_taxon_id": 1, "latest": "true", "assessment_id": n, "scopes": scopes}
            for n in (1, 2)]  # fmt: skip
    assert several_latest(rows).taxa == 1
