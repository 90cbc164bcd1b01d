"""Filters and operations that a person may give twice, or wrong."""

from __future__ import annotations

import pytest

from tui_app.redlist import make_query
from tui_app.redlist.errors import UsageError


def test_codes_in_another_case_are_the_same() -> None:
    """Else every assessment of Vatican City is fetched, and counted, twice."""
    query = make_query(
        ["countries/va", "countries/VA", "taxa/family/felidae", "taxa/family/FELIDAE"]
    )
    assert [target.label for target in query.targets] == ["countries/va", "taxa/family/felidae"]


def test_a_filter_that_is_there_already_is_sent_once() -> None:
    """A server may answer anything to ?latest=true&latest=true."""
    query = make_query(["countries/VA?latest=true"], filters={"latest": "true"})
    assert query.targets[0].params == (("latest", "true"),)
    with pytest.raises(UsageError, match="latest=true already, and not false"):
        make_query(["countries/VA?latest=true"], filters={"latest": "false"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("year_published", "abc", "The year is a number such as 2024, not 'abc'."),
        ("year_published", "20", "not '20'"),
        ("scope_code", "ZZ", "There is no scope 'ZZ'"),
        ("scope_code", "Globl", "There is no scope 'Globl'"),
    ],
)
def test_a_filter_that_means_nothing_is_told_before_anything_is_sent(
    name: str, value: str, said: str
) -> None:
    """The server says 404, which looks as if the country did not exist."""
    with pytest.raises(UsageError, match=said):
        make_query(["countries/VA"], filters={name: value})
    query = make_query(["countries/VA"], params=[(name, value)])
    assert query.targets[0].params == ((name, value),)  # --param sends it all the same
