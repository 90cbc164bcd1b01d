"""The server that a run asks: the embedded demo server, or a real one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO

from tui_app.demo import DemoError, DemoServer
from tui_app.redlist import Token
from tui_app.redlist.errors import Advice, RedListError
from tui_app.settings import Settings, token_for
from tui_app.store import RunRow


class SourceError(RedListError):
    """The embedded server did not start."""

    advice = Advice.START_DEMO


@dataclass(frozen=True, slots=True)
class Source:
    """Where requests go.

    Attributes:
        name: ``demo`` or ``live``; of a replay, which of them its data are from.
        base_url: the server's root.
        token: what it is to be sent, or None. The user's token never goes to the demo server.
        origin: whose data these are: the same for every demo server of one seed, though each
            has an address of its own. A replay's are its own: what is replayed is no news.
        replays: the kept run whose pages it gives again; None where it is a server proper.
    """

    name: str
    base_url: str
    token: Token | None
    origin: str
    replays: RunRow | None = None

    def kept(self) -> dict[str, str]:
        """What is noted of a run that asked it, besides the settings: nothing for most."""
        if self.replays is None:
            return {}
        return {
            "replay_of": self.replays.run,
            "replayed_base_url": self.replays.fetched_from,
            "fetched_utc": self.replays.fetched_utc,
        }


class Sources:
    """Opens sources, and keeps the demo servers that were started until :meth:`close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._demos: dict[tuple[str, int], DemoServer] = {}
        self._replays: set[DemoServer] = set()

    def open(self, settings: Settings) -> Source:
        """The source that these settings mean; starts the demo server if need be.

        Raises:
            SourceError: the demo server did not start.
            TokenWithheld: the token is not for that server.
            UsageError: its base URL is none, or the token would travel over plain http.
        """
        source = self.unopened(settings)
        if source.name == "live":
            return replace(source, token=token_for(settings))
        return replace(source, base_url=self._demo(settings.demo_profile, settings.seed))

    def unopened(self, settings: Settings) -> Source:
        """The source that these settings mean, to know what is kept of it.

        Nothing is started, and no token is in it: it is not to be asked.
        """
        if settings.source == "live":
            return Source("live", settings.server, None, settings.server)
        return Source("demo", "http://127.0.0.1", None, f"demo:{settings.seed}")

    def _demo(self, profile: str, seed: int) -> str:
        with self._lock:
            server = self._demos.get((profile, seed))
            if server is None:
                server = self._demos[profile, seed] = _started(
                    DemoServer(profile=profile, seed=seed)
                )
            return server.base_url

    @contextmanager
    def replaying(self, run: RunRow, recording: IO[bytes]) -> Iterator[Source]:
        """A source that answers from a recording, for as long as the context lasts.

        Args:
            run: the kept run that was recorded.
            recording: the open file; it is closed when the server has it.

        Raises:
            SourceError: the demo server did not start.
        """
        with self._lock, recording:
            server = _started(DemoServer(replay=recording))
            self._replays.add(server)
        try:
            yield Source(run.source, server.base_url, None, f"replay:{run.run}", run)
        finally:
            with self._lock:
                self._replays.discard(server)
            server.close()

    def close(self) -> None:
        """Stop what was started; safe to call twice."""
        with self._lock:
            servers = [*self._demos.values(), *self._replays]
            self._demos.clear()
        for server in servers:
            server.close()


def _started(server: DemoServer) -> DemoServer:
    try:
        server.start()
    except DemoError as error:
        raise SourceError(f"The demo server did not start: {error}.") from error
    return server
