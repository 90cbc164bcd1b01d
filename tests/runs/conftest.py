"""A service of the test's own, and servers whose log can be read to its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.servers import server
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.store import Store

__all__ = ["server", "service", "store"]


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """A store of the test's own."""
    store = Store(settings.home)
    yield store
    store.close()


@pytest.fixture
def service(settings: Settings, store: Store) -> Iterator[Service]:
    """The service, on that store."""
    service = Service(settings, store=store)
    yield service
    service.close()
