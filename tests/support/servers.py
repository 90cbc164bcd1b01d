"""Demo servers whose log can be read to its end, and runs that stop on the way.

To start a demo server takes 0.3 s of CPU time, in some tests most of it: those that only ask one
share those of :class:`RunningServers`.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final, Self

import pytest

from tui_app.demo import DemoServer
from tui_app.fetch import Cancel, Event, State
from tui_app.settings import Settings


class Server:
    """A server, as settings and as a log."""

    def __init__(self, base_url: str, log: Path) -> None:
        self.base_url = base_url
        self.log = log
        self._read = 0

    def settings(self, home: Path, **more: Any) -> Settings:
        """Settings that ask this server, and ask it anew, unless told otherwise."""
        given = {"source": "live", "base_url": self.base_url, "home": home, "fresh": True, **more}
        return Settings(**given)

    def asked(self, *, versions: bool = False) -> list[dict[str, Any]]:
        """What it was asked since the last time, in order of arrival.

        Args:
            versions: with the questions which Red List it has.
        """
        # It answers in one thread: when this is answered, all before it is written down.
        with suppress(urllib.error.HTTPError):
            urllib.request.urlopen(f"{self.base_url}/up-to-here").close()
        # The line of that one may be half written yet.
        whole, _, _ = self.log.read_text().rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines()]
        new = [line for line in lines[self._read :] if line["path"] != "/up-to-here"]
        if not versions:
            new = [line for line in new if not line["path"].endswith("version")]
        self._read = len(lines)
        return sorted(new, key=lambda line: line["arrived"])

    def pages(self) -> list[int]:
        """Which pages it was asked for since the last time, in order of arrival."""
        return [int(line["query"]["page"]) for line in self.asked()]


class RunningServers:
    """Fast demo servers that go on from test to test, each with a log.

    What a server was asked in earlier tests is not in the log of the next one.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[object, tuple[str, Path]] = {}
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def take(self, place: object = 0, **options: Any) -> Server:
        """The server of these options at a place; of two places they are two servers."""
        key = place, *sorted(options.items())
        if key not in self._running:
            log = self._logs / f"demo{len(self._running)}.jsonl"
            started = self._closing.enter_context(DemoServer("fast", log=log, **options))
            self._running[key] = started.base_url, log
        server = Server(*self._running[key])
        server.asked()
        return server


class DemoServers:
    """Demo servers as the program starts them: a fast one is taken from those that run.

    Two of them, in turn: the next service finds its demo server at another address, as usual.
    """

    PLACES: Final = ("the demo", "another demo")

    def __init__(self, running: RunningServers) -> None:
        self._running = running
        self._taken = 0

    def __call__(self, profile: str = "typical", *, seed: int = 0, **options: Any) -> DemoServer:
        """As the class itself."""
        if profile != "fast" or seed or any(value is not None for value in options.values()):
            return DemoServer(profile, seed=seed, **options)
        self._taken += 1
        place = self.PLACES[self._taken % len(self.PLACES)]
        return _Taken(lambda: self._running.take(place).base_url)


class _Taken(DemoServer):
    """A server that another one has started."""

    def __init__(self, take: Callable[[], str]) -> None:
        super().__init__("fast")
        self._take = take

    def start(self) -> str:
        """Take it."""
        self._base_url = self._base_url or self._take()
        return self._base_url


@pytest.fixture
def server(running_servers: RunningServers) -> Callable[..., Server]:
    """Gives demo servers that keep a log, to be asked as if they were real ones."""
    taken: Counter[object] = Counter()

    def start(**options: Any) -> Server:
        key = tuple(sorted(options.items()))
        taken[key] += 1
        return running_servers.take(taken[key], **options)

    return start


class StopAfter:
    """An observer that cancels its run when so many pages have arrived."""

    def __init__(self, pages: int) -> None:
        self.cancel = Cancel()
        self._left = pages

    def __call__(self, event: Event) -> None:
        """Count."""
        if event.state is State.DECODED:
            self._left -= 1
            if self._left == 0:
                self.cancel.set()
