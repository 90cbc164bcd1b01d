"""Exact waits, and pictures of a base install, whatever is installed where they are compared."""

from __future__ import annotations

import pytest

from tests.support.screens import exact_waits, styles_parsed_once
from tui_app import methods

__all__ = ["exact_waits", "styles_parsed_once"]


@pytest.fixture(autouse=True)
def base_install(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the methods of extras where a picture is taken."""
    if "snap_compare" in request.fixturenames:
        monkeypatch.setattr(methods, "_is_here", lambda package: not package)
