"""What all tests share: a clean environment, a demo server, the recordings' replay server.

And a watch: the token of the tests (:mod:`tests.support.secret`) may be in no output and in no
file of any of them. A test in which it is found fails.
"""

from __future__ import annotations

import functools
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.packages import Install, install, look_again
from tests.support.recordings import replayed
from tests.support.secret import leaking_files, leaks
from tests.support.servers import DemoServers, RunningServers, Server
from tui_app.demo import DemoServer
from tui_app.runs import planning
from tui_app.settings import Settings

ROOT = Path(__file__).parent.parent

# Some machines are told to write no bytecode. Every program that a test starts would then compile
# the package again: half a second of CPU time each.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Under nohup it is ignored, and so by all that the tests start: what they try is the usual case.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

_found: list[str] = []
"""Where the token was seen in the test that goes on."""


def _watch(owner: type, name: str) -> None:
    """Look at all that a function gives: tests take output before pytest's report sees it."""
    inner = getattr(owner, name)

    @functools.wraps(inner)
    def watched(*args: Any, **more: Any) -> Any:
        given = inner(*args, **more)
        if any(part and leaks(part) for part in given):
            _found.append(f"what {owner.__name__}.{name} gave")
        return given

    setattr(owner, name, watched)


_watch(pytest.CaptureFixture, "readouterr")
_watch(subprocess.Popen, "communicate")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """A test's name stands in reports, and in the name of its folder."""
    return f"{argname} with the token" if isinstance(val, str | bytes) and leaks(val) else None


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item) -> bool | None:
    """Set no timeout where one process runs the tests (``-n0``): it would end a breakpoint."""
    return None if hasattr(item.config, "workerinput") else True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at what a test printed and logged."""
    report = yield
    if report.when == "setup":
        _found.clear()
    _found.extend(title for title, text in report.sections if leaks(text))
    if _found and report.passed:
        report.outcome = "failed"
        report.longrepr = f"The token is in: {', '.join(_found)}."
        _found.clear()
    return report


@pytest.fixture(scope="module", autouse=True)
def small_collections() -> None:
    """Before each timed run the program collects garbage, here in the heap of all tests.

    That took longer than most runs. What has been loaded so far stays for good: a collection
    then looks at what the module's own tests made. And one every 700 objects, as is usual, takes
    a fifth of the time of a test of a screen.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def folders_without_the_token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Else what tests share, and leave in no folder of their own, is not looked at."""
    yield
    shared = [one for one in tmp_path_factory.getbasetemp().iterdir() if one.name[:5] != "test_"]
    assert [leaking for one in shared for leaking in leaking_files(one)] == []


@pytest.fixture(autouse=True)
def folder_without_the_token(tmp_path: Path) -> Iterator[None]:
    """Looked at when all else that the test began has ended."""
    yield
    assert leaking_files(tmp_path) == []


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder_without_the_token: None
) -> None:
    """No test sees this machine's settings, or leaves anything outside its own folder."""
    for name in list(os.environ):
        if name.startswith(("IUCN_", "XDG_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    if hasattr(time, "tzset"):
        time.tzset()
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


@pytest.fixture(scope="session", autouse=True)
def running_servers(
    tmp_path_factory: pytest.TempPathFactory, folders_without_the_token: None
) -> Iterator[RunningServers]:
    """The demo servers that tests share, also as those that the program starts for itself."""
    with (
        RunningServers(tmp_path_factory.mktemp("servers")) as running,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(planning, "DemoServer", DemoServers(running))
        yield running


@pytest.fixture
def demo_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program starts its demo servers itself, in this test."""
    monkeypatch.setattr(planning, "DemoServer", DemoServer)


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers that replay recordings: ``replay(RECORDED, delay_s=0.1)``."""
    with ExitStack() as started:

        def start(*files: Path, **more: Any) -> Server:
            log = tmp_path / f"replay{len(list(tmp_path.glob('replay*')))}.jsonl"
            return Server(started.enter_context(replayed(*files, log=log, **more)), log)

        yield start


@pytest.fixture
def others(tmp_path: Path, clean_environment: None) -> Iterator[Install]:
    """Installs packages for this test and the programs that it starts.

    As :func:`tests.support.packages.install`, but for the folder.
    """
    folder = tmp_path / "site"
    imported = set(sys.modules)

    def add(*given: Any, **more: Any) -> Path:
        install(folder, *given, **more)
        look_again()
        return folder

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(folder)]))
        yield add
    for name in set(sys.modules) - imported:
        if str(folder) in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]
    look_again()
