"""What all tests share: a clean environment, a demo server, the recordings' replay server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tui_app.demo import DemoServer
from tui_app.settings import Settings

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
RECORDED = SHARED / "recorded" / "v4.jsonl"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees this machine's settings, or leaves anything outside its own folder."""
    for name in list(os.environ):
        if name.startswith(("IUCN_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IUCN_TUI_HOME", str(tmp_path / "runs"))
    # Programs that tests start find this checkout, wherever they are started.
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings for the fast demo, with a store of the test's own."""
    return Settings(demo_profile="fast", home=tmp_path / "runs")


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoServer]:
    """A demo server without delays."""
    with DemoServer(profile="fast") as server:
        yield server


@dataclass
class Replay:
    """A running replay server."""

    base_url: str
    log_file: Path

    def log(self) -> list[dict[str, object]]:
        """What it was asked, in order of the answers."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[Callable[..., Replay]]:
    """Starts servers that replay the recordings: ``replay("--delay", "0.1")``."""
    if not RECORDED.exists():
        pytest.skip("needs ../shared/recorded and ../shared/replay.py")
    started: list[subprocess.Popen[str]] = []

    def start(*args: str, recorded: Path = RECORDED) -> Replay:
        log = tmp_path / f"replay{len(started)}.jsonl"
        log.touch()
        process = subprocess.Popen(
            [sys.executable, str(SHARED / "replay.py"), str(recorded), "--log", str(log), *args],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return Replay(process.stdout.readline().split()[-1], log)

    yield start
    for process in started:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
