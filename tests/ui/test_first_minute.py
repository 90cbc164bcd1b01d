"""The first minute of a new user, in a real terminal: tmux, at both sizes."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

pytestmark = [
    pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux"),
    pytest.mark.xdist_group("screen"),
]
PATIENCE_S = 60


class Session:
    """A terminal with the application on it."""

    def __init__(self, name: str) -> None:
        self._tmux = ["tmux", "-L", name, "-f", os.devnull]

    def do(self, *words: str) -> str:
        """A command of tmux's; what it printed."""
        # Its own environment: readline, which pytest imports, adds COLUMNS behind Python's back.
        done = subprocess.run(
            [*self._tmux, *words], capture_output=True, text=True, env=dict(os.environ)
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names for them."""
        self.do("send-keys", *keys)

    def screen(self) -> str:
        """What is seen."""
        return self.do("capture-pane", "-p")

    def until(self, seen: Callable[[str], bool]) -> str:
        """Wait until the screen shows something; what it shows then."""
        end = time.monotonic() + PATIENCE_S
        while not seen(shown := self.screen()):
            assert time.monotonic() < end, shown
            time.sleep(0.02)
        return shown

    def has_ended(self) -> bool:
        """Whether the application has been left."""
        return subprocess.run([*self._tmux, "has-session"], capture_output=True).returncode != 0


@contextmanager
def session(width: int, height: int) -> Iterator[Session]:
    """The application in a terminal of this size."""
    one = Session(f"iucn-tui-{os.getpid()}-{width}")
    command = shlex.join([sys.executable, "-m", "tui_app"])
    one.do(
        "new-session", "-d", "-x", str(width), "-y", str(height), f"TERM=xterm-256color {command}"
    )
    try:
        yield one
    finally:
        one.do("kill-server")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_from_the_first_frame_to_a_chart_and_a_sentence(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is, whose data, one thing to do; then a chart, and what it means in words."""
    monkeypatch.setenv("IUCN_TUI_DEMO_PROFILE", "typical")
    monkeypatch.setenv("IUCN_TUI_PAGE_COUNTS", "1,4")
    with session(width, height) as one:
        shown = one.until(lambda text: "F5 compares at" in text and "^Q Quit" in text)
        said = ("DEMO", "by three methods", "All data are synthetic", "F5 Compare", "F1 Help")
        for words in said:
            assert words in shown
        assert max(map(len, shown.splitlines())) <= width
        one.press("F5")
        shown = one.until(lambda text: "× faster than sequential" in text)
        assert "At 4 pages" in shown
        assert "done" in shown
        one.press("2")
        shown = one.until(lambda text: "Throughput" in text and "┤" in text)
        for marker in "●▲■":
            assert marker in shown
        one.press("3")
        one.until(lambda text: "400 records" in text)
        one.press("F1")
        one.until(lambda text: "╭─ Help" in text)
        one.press("Escape")
        one.until(lambda text: "╭─ Help" not in text)
        one.press("t")
        one.until(lambda text: "users/sign_up" in text)
        one.press("Escape")
        one.until(lambda text: "users/sign_up" not in text)
        one.press("C-q")
        end = time.monotonic() + PATIENCE_S
        while not one.has_ended():
            assert time.monotonic() < end
            time.sleep(0.02)
