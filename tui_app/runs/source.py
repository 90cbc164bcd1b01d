"""The server that a run asks: the embedded demo server, or a real one."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from tui_app.demo import DemoError, DemoServer
from tui_app.redlist import Token
from tui_app.redlist.errors import RedListError
from tui_app.settings import Settings


class SourceError(RedListError):
    """The embedded server did not start."""

    advice = "`iucn-tui demo` in another terminal shows why."


@dataclass(frozen=True, slots=True)
class Source:
    """Where requests go.

    Attributes:
        name: ``demo`` or ``live``.
        base_url: the server's root.
        token: what it is to be sent, or None. The user's token never goes to the demo server.
        origin: whose data these are: the same for every demo server of one seed, though each
            has an address of its own.
    """

    name: str
    base_url: str
    token: Token | None
    origin: str


class Sources:
    """Opens sources, and keeps the demo servers that were started until :meth:`close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._demos: dict[tuple[str, int], DemoServer] = {}

    def open(self, settings: Settings) -> Source:
        """The source that these settings mean; starts the demo server if need be.

        Raises:
            SourceError: the demo server did not start.
        """
        if settings.source == "live":
            return Source("live", settings.server, settings.token, settings.server)
        base_url = self._demo(settings.demo_profile, settings.seed)
        return Source("demo", base_url, None, f"demo:{settings.seed}")

    def _demo(self, profile: str, seed: int) -> str:
        with self._lock:
            server = self._demos.get((profile, seed))
            if server is None:
                started = DemoServer(profile=profile, seed=seed)
                try:
                    started.start()
                except DemoError as error:
                    raise SourceError(f"The demo server did not start: {error}.") from error
                server = self._demos[profile, seed] = started
            return server.base_url

    def close(self) -> None:
        """Stop what was started; safe to call twice."""
        with self._lock:
            demos, self._demos = self._demos, {}
        for server in demos.values():
            server.close()
