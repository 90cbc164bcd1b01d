"""What is to be fetched, and the server it comes from: the demo server, or a real one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, NamedTuple

from tui_app.demo import DemoError, DemoServer
from tui_app.redlist import Query, Token
from tui_app.redlist.errors import Advice, RedListError
from tui_app.settings import Settings, token_for
from tui_app.store import RunRow


class SourceError(RedListError):
    """The embedded server did not start."""

    advice = Advice.START_DEMO


def start_demo(profile: str, delay_s: float | None) -> DemoServer:
    """Start a demo server of a face's own, which it closes; a delay replaces the profile's.

    Raises:
        DemoError: it did not come up.
    """
    server = DemoServer(profile, delay=delay_s)
    server.start()
    return server


class JobRequest(NamedTuple):
    """What a face asks for: what to fetch; how, and from which server."""

    query: Query
    settings: Settings


@dataclass(frozen=True, slots=True)
class Source:
    """Where requests go."""

    name: str  # ``demo`` or ``live``; of a replay, which of them its data are from
    base_url: str
    token: Token | None  # never the user's for the demo server
    origin: str  # whose data: one for all demo servers of a seed, one for each replay
    replays: RunRow | None = None  # the saved run whose pages it serves

    def kept(self) -> dict[str, str]:
        """What is saved with a run besides the settings: of a replay, where its data are from."""
        if self.replays is None:
            return {}
        return {
            "replay_of": self.replays.run,
            "replayed_base_url": self.replays.fetched_from,
            "fetched_utc": self.replays.fetched_utc,
        }


class Sources:
    """Opens sources; the demo servers that it starts run until :meth:`close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._demos: dict[tuple[str, int], DemoServer] = {}
        self._running: set[DemoServer] = set()

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
        with self._lock:
            key = settings.demo_profile, settings.seed
            if key not in self._demos:
                profile, seed = key
                self._demos[key] = self._start(DemoServer(profile=profile, seed=seed))
            return replace(source, base_url=self._demos[key].base_url)

    def unopened(self, settings: Settings) -> Source:
        """The same without a token, and without starting a server: to look up saved data."""
        if settings.source == "live":
            return Source("live", settings.server, None, settings.server)
        return Source("demo", "http://127.0.0.1", None, f"demo:{settings.seed}")

    @contextmanager
    def replaying(self, run: RunRow, recording: IO[bytes]) -> Iterator[Source]:
        """A source that answers from a recording, for as long as the context lasts.

        Args:
            run: the saved run that was recorded.
            recording: the open file; it is closed when the server has it.

        Raises:
            SourceError: the demo server did not start.
        """
        with self._lock, recording:
            server = self._start(DemoServer(replay=recording))
        try:
            yield Source(run.source, server.base_url, None, f"replay:{run.run}", run)
        finally:
            with self._lock:
                self._running.discard(server)
            server.close()

    def close(self) -> None:
        """Stop what was started; safe to call twice."""
        with self._lock:
            servers, self._running = self._running, set()
            self._demos.clear()
        for server in servers:
            server.close()

    def _start(self, server: DemoServer) -> DemoServer:
        try:
            server.start()
        except DemoError as error:
            raise SourceError(f"The demo server did not start: {error}.") from error
        self._running.add(server)
        return server
