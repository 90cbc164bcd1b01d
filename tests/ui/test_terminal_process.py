"""The application as a process on a terminal: every way out leaves both as they were."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.points import REACHED
from tests.support.raw_server import HANG, number_of, page, scripted
from tests.support.screen_process import Terminal, begin, leave
from tui_app.settings import Settings

pytestmark = pytest.mark.xdist_group("screen")

F5, CTRL_Q = b"\x1b[15~", b"\x11"
TOOK_THE_SCREEN, LEFT_THE_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    """Opens terminals."""
    opened: list[Terminal] = []

    def start(*reaching: str, **environ: str) -> Terminal:
        opened.append(Terminal(*reaching, **environ))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def kept(home: Path) -> list[tuple[str, int]]:
    """State and pages of each fetch in a store."""
    if not (home / "runs.sqlite3").exists():
        return []
    with closing(sqlite3.connect(home / "runs.sqlite3")) as sql:
        with suppress(sqlite3.OperationalError):  # its tables are being made
            return sql.execute(
                "SELECT state, (SELECT count(*) FROM pages WHERE run = runs.id) FROM runs"
                " WHERE kind = 'fetch'"
            ).fetchall()
        return []


@pytest.mark.parametrize(
    ("how", "method", "flying"),
    [
        ("ctrl+q", "asyncio", 8),
        ("ctrl+q", "threads", 8),
        ("SIGTERM", "threads", 8),
        ("SIGINT", "sequential", 1),
        ("SIGHUP", "asyncio", 8),
        ("closed", "threads", 8),
        ("SIGTERM", EVERY_METHOD[-1], 8),
    ],
)
def test_every_way_out_with_requests_in_flight(
    terminal: Callable[..., Terminal], tmp_path: Path, how: str, method: str, flying: int
) -> None:
    """Else the shell is left in raw mode, or what arrived is lost."""

    def answer(path: str, nth: int) -> bytes | None:
        return page(1, 40) if number_of(path) == 1 else HANG

    home = tmp_path / "runs"
    with scripted(answer) as server:
        settings = Settings(source="live", base_url=server.base_url, home=home, method=method)
        begin(settings)
        began = monotonic()
        window = terminal()
        # What was begun goes on from History: by keys whose effect is seen before the next.
        window.until(lambda: b"there resumes it" in window.shown)
        window.type(b"h")
        window.until(lambda: "■ stopped".encode() in window.shown)
        window.type(b"u")
        window.until(lambda: b"as before" in window.shown)
        window.type(b"\r")
        window.until(lambda: sum(at > began and "page=" in p for at, p in server.asked) >= flying)
        assert kept(home) == [("running", 1)]
        leave(window, how)
        code = window.left()
    assert code == (0 if how == "ctrl+q" else 130)
    assert kept(home) == [("stopped", 1)]
    assert list((home / "runs.sqlite3.locks").glob("[0-9]*")) == []
    assert b"Traceback" not in window.shown
    if how != "closed":
        assert window.settings == window.before
        after = window.shown.rpartition(LEFT_THE_SCREEN)[2]
        assert b"\x1b[?25h" in after  # the cursor is seen again


def children_of(parent: int) -> list[int]:
    """Processes that a process started and that go on."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, started_by, *_ = stat.read_text().rpartition(")")[2].split()
            if int(started_by) == parent and state != "Z":
                found.append(int(stat.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="nobody says who started whom")
@pytest.mark.parametrize("how", ["ctrl+q", "SIGTERM", "SIGKILL"])
def test_no_demo_server_is_left_behind(
    terminal: Callable[..., Terminal], tmp_path: Path, how: str
) -> None:
    """Else each start of the application leaves a process."""
    window = terminal(IUCN_TUI_DEMO_PROFILE="typical", IUCN_TUI_METHODS="asyncio")
    window.until(lambda: b"Compare F5" in window.shown)
    window.type(F5)
    window.until((tmp_path / "runs" / "runs.sqlite3").exists)
    window.until(lambda: children_of(window.process.pid))
    (server,) = children_of(window.process.pid)
    leave(window, how)
    window.left()
    file = Path(f"/proc/{server}/stat")
    window.until(lambda: not file.exists() or ") Z " in file.read_text())


def assert_tidy(window: Terminal) -> None:
    """The terminal is as it was before, where it was taken at all."""
    assert b"Traceback" not in window.shown
    assert window.settings == window.before
    if TOOK_THE_SCREEN in window.shown:
        after = window.shown.rpartition(LEFT_THE_SCREEN)[2]
        assert TOOK_THE_SCREEN not in after
        assert b"\x1b[?25h" in after


@pytest.mark.parametrize(
    ("point", "how"),
    [
        ("load_settings", "SIGTERM"),  # nothing of the screen is imported
        ("LinuxDriver.start_application_mode", "SIGTERM"),
        ("RedListApp._open", "SIGTERM"),  # the first frame is there
        ("RedListApp._open", "SIGINT"),
        ("RedListApp._open", "SIGQUIT"),
        ("RedListApp._open", "closed"),
        ("SetupPanel.compose", "SIGTERM"),  # the panels
        ("SetupPanel.compose", "closed"),
        ("MainScreen.on_mount", "SIGHUP"),
    ],
)
def test_leaving_works_from_the_first_instant(
    terminal: Callable[..., Terminal], point: str, how: str
) -> None:
    """Else it is swallowed for good, by a task that was cancelled while it was being made."""
    window = terminal(point, how)
    if how == "closed":
        window.until(lambda: REACHED in window.shown)
        window.hang_up()
    assert window.left() == 130
    if how != "closed":
        assert_tidy(window)


def test_a_terminal_that_is_closed_while_it_is_quitting(
    terminal: Callable[..., Terminal],
) -> None:
    """Else the second way out blocks the first."""
    window = terminal("RedListApp.on_unmount", "closed")
    window.until(lambda: b"Compare F5" in window.shown)
    window.type(CTRL_Q)
    window.until(lambda: REACHED in window.shown)
    window.hang_up()
    assert window.left() in (0, 130)


@pytest.mark.parametrize(("first", "second"), [("SIGTERM", "SIGTERM"), ("SIGHUP", "SIGINT")])
def test_a_second_signal_ends_what_hangs(
    terminal: Callable[..., Terminal], first: str, second: str
) -> None:
    """Else only kill -9 does, which leaves a terminal that nobody can use."""
    window = terminal("RedListApp.on_unmount", "stuck")
    window.until(lambda: b"Compare F5" in window.shown)
    leave(window, first)
    window.until(lambda: REACHED in window.shown)
    leave(window, second)
    assert window.left() == 130
    assert_tidy(window)


def test_what_hangs_ends_when_its_terminal_is_closed(terminal: Callable[..., Terminal]) -> None:
    """Nobody is there any more to send a second signal."""
    window = terminal("RedListApp.on_unmount", "stuck")
    window.until(lambda: b"Compare F5" in window.shown)
    window.type(CTRL_Q)
    window.until(lambda: REACHED in window.shown)
    window.hang_up()
    assert window.left() == 130


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="nobody says what is stopped")
def test_leaving_works_after_it_was_stopped(terminal: Callable[..., Terminal]) -> None:
    """Else each SIGCONT starts threads beside those that are there, which nothing ends."""
    window = terminal()
    window.until(lambda: b"Compare F5" in window.shown)
    for _ in range(3):
        stat = Path(f"/proc/{window.process.pid}/stat")
        window.process.send_signal(signal.SIGSTOP)
        window.until(lambda stat=stat: ") T " in stat.read_text())
        before = len(window.shown)
        window.process.send_signal(signal.SIGCONT)
        # Drawn anew: what is typed before that may be dropped with the terminal's old settings.
        window.until(
            lambda before=before: (
                b"Compare F5" in window.shown[before:].partition(TOOK_THE_SCREEN)[2]
            )
        )
    window.type(CTRL_Q)
    assert window.left() == 0
    assert_tidy(window)


NO_TEXT = (
    b"\xff\x80\x00",
    b"\xe2\x82",  # the beginning of a sign, and never its end
    b"\x1b[9999999999999u\x1b[1114112u\x1b[:R",  # keys that no keyboard has
    b"\x1b[200~" + b"Panthera leo\n\xff\x00" * 2000 + b"\x1b[201~",
)


@pytest.mark.parametrize("typed", NO_TEXT, ids=[repr(one[:20]) for one in NO_TEXT])
def test_what_is_no_text_is_ignored(terminal: Callable[..., Terminal], typed: bytes) -> None:
    """Else a stray byte from the line ends it with a traceback, and with exit code 0."""
    window = terminal()
    window.until(lambda: b"Compare F5" in window.shown)
    window.type(typed)
    window.type(b"h")
    window.until(lambda: b"History" in window.shown)
    window.type(CTRL_Q)
    assert window.left() == 0
    assert_tidy(window)
