"""What the package offers, whether it is imported at once or when it is asked for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tui_app import redlist

OFFERED = [
    name.name
    for one in ast.walk(ast.parse(Path(redlist.__file__).read_text("utf-8")))
    if isinstance(one, ast.ImportFrom) and one.level
    for name in one.names
]
"""What the package imports of its modules, also where it is for type checkers alone."""


@pytest.mark.parametrize("name", OFFERED)
def test_all_that_is_offered_is_there(name: str) -> None:
    """Else a name in the list of what comes later is misspelt, and nobody notices."""
    assert getattr(redlist, name) is not None


def test_what_is_not_offered_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        redlist.no_such_thing  # noqa: B018
