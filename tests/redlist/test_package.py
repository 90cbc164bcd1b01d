"""What the package offers, whether it is imported at once or when it is asked for."""

from __future__ import annotations

import pytest

from tui_app import redlist


@pytest.mark.parametrize("name", redlist.__all__)
def test_all_that_is_offered_is_there(name: str) -> None:
    """Else a name in the list of what comes later is misspelt, and nobody notices."""
    assert getattr(redlist, name) is not None


def test_what_is_not_offered_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        redlist.no_such_thing  # noqa: B018
