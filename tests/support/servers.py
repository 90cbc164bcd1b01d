"""Demo servers whose log can be read to its end, and runs that stop on the way."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tui_app.demo import DemoServer
from tui_app.fetch import Cancel, Event, State
from tui_app.settings import Settings


class Server:
    """A server, as settings and as a log."""

    def __init__(self, base_url: str, log: Path) -> None:
        self.base_url = base_url
        self._log = log
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
        whole, _, _ = self._log.read_text().rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines()]
        new = [line for line in lines[self._read :] if line["path"] != "/up-to-here"]
        if not versions:
            new = [line for line in new if not line["path"].endswith("version")]
        self._read = len(lines)
        return sorted(new, key=lambda line: line["arrived"])

    def pages(self) -> list[int]:
        """Which pages it was asked for since the last time, in order of arrival."""
        return [int(line["query"]["page"]) for line in self.asked()]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts demo servers that keep a log, to be asked as if they were real ones."""
    started: list[DemoServer] = []

    def start(**options: Any) -> Server:
        log = tmp_path / f"demo{len(started)}.jsonl"
        started.append(DemoServer("fast", log=log, **options))
        return Server(started[-1].start(), log)

    yield start
    for one in started:
        one.close()


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
