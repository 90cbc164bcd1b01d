"""Opening what all commands stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tui_app.runs import Service
from tui_app.settings import Settings

from .messages import say
from .progress import StoreLines


@contextmanager
def opened(settings: Settings) -> Iterator[Service]:
    """A service, with what its user must be told said on stderr; closed at the end.

    Raises:
        KeepError: the store can't be used.
    """
    service = Service(settings, StoreLines())
    try:
        for notice in service.notices:
            say(f"iucn-tui: {notice}")
        yield service
    finally:
        service.close()
