"""Rows flattened some at a time are those that are flattened one by one."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.support.repeatable import given
from tui_app.redlist import flatten
from tui_app.redlist import tables as module
from tui_app.redlist.tables import Flattener

NAMES = st.sampled_from(["a", "b", "a_b", "a_b_2", "code", "en", "scopes"])
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2)
    | st.sampled_from(["", "x", "a|b", "\0", 1.0, 0.5, float("inf")]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=6,
)  # fmt: skip
RECORD = st.dictionaries(NAMES, VALUE, max_size=4)


def flat(records, **truth):
    """All rows, as names and cells with their types, which 1 == True == 1.0 would hide."""
    found = []
    for names, rows in Flattener(**truth).blocks(iter(records)):
        assert rows
        for row in rows:
            found.append([(name, type(cell), cell) for name, cell in zip(names, row, strict=True)])
    return found


def one_by_one(records):
    return [[(name, type(cell), cell) for name, cell in flatten(one).items()] for one in records]


@given(st.lists(RECORD, max_size=5), st.integers(1, 3))
def test_rows_are_the_same_whatever_arrives(kinds, times: int) -> None:
    """Else a CSV has another cell than the screen, in a row among thousands."""
    records = [one for one in kinds for _ in range(times)] + kinds
    assert flat(records) == one_by_one(records)


def test_a_list_that_looks_the_same_as_json_is_not_taken_for_the_same() -> None:
    """Else an infinite number becomes nothing, because a null came before it."""
    values = [None, float("inf"), None, 1, 1.0, True, "\ud800"]
    cells = [row[0][2] if row else None for row in flat({"a": [value]} for value in values)]
    assert cells == [None, "inf", None, "1", "1.0", "true", "\ud800"]


def test_truth_values_are_said_as_asked_at_any_depth() -> None:
    """Else CSV has Python's words in some columns."""
    records = [
        {"a": True, "b": {"c": False}, "d": [True], "e": 1},
        {"a": 1, "b": {"c": 0}, "d": [1], "e": 0},
        {"a": {"b": True}, "a_b": False},
    ]
    rows = [{name: cell for name, _, cell in row} for row in flat(records, false="no", true="yes")]
    assert rows == [
        {"a": "yes", "b_c": "no", "d": "true", "e": 1},
        {"a": 1, "b_c": 0, "d": "1", "e": 0},
        {"a_b": "yes", "a_b_2": "no"},
    ]


def test_memory_does_not_grow_with_what_a_server_makes_up(monkeypatch) -> None:
    """Else a list that is different in every row is kept until the end."""
    monkeypatch.setattr(module, "_MOST_SHORT", 10)
    records = [{"a": [{"code": number}]} for number in range(1000)]
    flattener = Flattener()
    rows = [row for _, some in flattener.blocks(records) for row in some]
    assert rows == [(str(number),) for number in range(1000)]
    assert len(flattener._short) <= 10
