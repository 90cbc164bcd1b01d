"""The service, created on first use and closed once: importing it takes longer than a frame may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_app.redlist import Token
    from tui_app.runs import Service
    from tui_app.settings import Settings


class ServiceHolder:
    """Creates :class:`tui_app.runs.Service` on first use, from any thread; none after a close."""

    def __init__(
        self, settings: Settings, make: Callable[[Settings], Service] | None = None
    ) -> None:
        self._settings = settings
        self._make = make or self._real
        self._lock = threading.Lock()
        self._service: Service | None = None
        self._closed = False
        self.waited_s = 0.0
        """How long the store has been waited for by now; 0 where it isn't."""

    def _real(self, settings: Settings) -> Service:
        from tui_app.runs import Service

        return Service(settings, partial(setattr, self, "waited_s"))

    @property
    def home(self) -> Path:
        """The folder of the store."""
        return self._settings.home

    @property
    def token(self) -> Token | None:
        """The token that is sent now, so that it can be taken out of what is shown elsewhere."""
        return self._settings.token

    def has_store(self) -> bool:
        """Whether there is a store: none is created by looking for one."""
        from tui_app.store import FILE_NAME

        return (self.home / FILE_NAME).exists()

    def get(self) -> Service:
        """The service.

        Raises:
            RedListError: it can't be created, its store for instance.
            RuntimeError: it has been closed.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("The application is closing.")
            if self._service is None:
                self._service = self._make(self._settings)
            return self._service

    def use_token(self, token: Token) -> None:
        """Send this token from now on, whether the service exists already or not."""
        with self._lock:
            self._settings = replace(self._settings, token=token)
            if self._service is not None:
                self._service.use_token(token)

    def close(self) -> None:
        """Close the service, if there is one; safe to call twice."""
        with self._lock:
            self._closed = True
            service, self._service = self._service, None
        if service is not None:
            service.close()
