"""`iucn-tui web` as a process: what it prints, what it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

pytest.importorskip("textual_serve")

import aiohttp

from tests.support.secret import SECRET, leaks
from tests.web.browser import browsing, chromium
from tui_app.runs import Service
from tui_app.settings import Settings

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="no pipes to hand on"),
    pytest.mark.xdist_group("web"),
]
PATIENCE_S = 60


@contextlib.contextmanager
def serving(**more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, and the address that it printed."""
    environment = {**os.environ, **more}
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_app", "web"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def children_of(process: subprocess.Popen[str]) -> list[int]:
    """The processes that it has started and that go on."""
    said = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(one) for one in said.split()]


def wait_for_end_of(pid: int) -> None:
    """Wait for a process that is not our own child."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    with contextlib.closing(os.fdopen(handle)):
        ended, _, _ = select.select([handle], [], [], PATIENCE_S)
    assert ended, f"{pid} goes on"


@contextlib.asynccontextmanager
async def page_of(address: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A page without a browser: its websocket, once the application has drawn something."""
    root = address.partition("/?")[0]
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(address) as answer:
            assert answer.status == 200
        url = root.replace("http", "ws") + "/ws?width=100&height=30"
        async with session.ws_connect(url, headers={"Origin": root}) as page:
            first = await asyncio.wait_for(page.receive(), PATIENCE_S)
            assert first.type is aiohttp.WSMsgType.BINARY
            yield page


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks /proc")
@pytest.mark.parametrize("how", ["the page closes", "SIGTERM", "SIGKILL"])
def test_no_application_outlives_its_page_or_the_server(how: str) -> None:
    """Else each closed tab leaves a program and its demo server behind."""

    async def act(process: subprocess.Popen[str], address: str) -> list[int]:
        async with page_of(address) as page:
            children = children_of(process)
            assert len(children) == 1
            if how == "the page closes":
                await page.close()
            else:
                process.send_signal(getattr(signal, how))
                while not page.closed:
                    await page.receive()
        return children

    with serving() as (process, address):
        (child,) = asyncio.run(act(process, address))
        wait_for_end_of(child)
        if how == "SIGTERM":
            assert process.wait(PATIENCE_S) == 0


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks /proc")
def test_a_second_signal_ends_the_server_at_once() -> None:
    """Else an application that hangs keeps it for ten seconds, whatever the user types."""

    async def act(process: subprocess.Popen[str], address: str) -> None:
        async with page_of(address) as page:
            (child,) = children_of(process)
            os.kill(child, signal.SIGSTOP)
            try:
                process.send_signal(signal.SIGTERM)
                while not page.closed:
                    await page.receive()
                process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, PATIENCE_S) == 130
            finally:
                os.kill(child, signal.SIGCONT)
        wait_for_end_of(child)

    with serving() as (process, address):
        asyncio.run(act(process, address))


def test_the_token_is_neither_in_the_page_nor_on_the_wire() -> None:
    """Else who looks over the shoulder, or at the traffic, has it."""
    seen: list[bytes] = []

    async def act(address: str) -> None:
        async with page_of(address) as page:
            while b"LIVE" not in b"".join(seen):
                message = await asyncio.wait_for(page.receive(), PATIENCE_S)
                assert message.type is aiohttp.WSMsgType.BINARY
                seen.append(message.data)

    with serving(IUCN_REDLIST_KEY=SECRET) as (_, address):
        asyncio.run(act(address))
    assert not leaks(b"".join(seen).decode(errors="replace"))


def test_a_port_in_use_is_told(program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = program("web", "--port", str(taken.getsockname()[1]))
    assert said.code == 2
    assert "can't be served: " in said.err
    assert "Choose another --port" in said.err


def test_without_the_extra_it_says_what_to_install(program, tmp_path: Path) -> None:
    (tmp_path / "work" / "textual_serve.py").write_text("raise ImportError(name='textual_serve')")
    said = program(
        "web", env={**os.environ, "PYTHONPATH": f"{tmp_path / 'work'}:{os.environ['PYTHONPATH']}"}
    )
    assert said.code == 2
    assert "pip install 'iucn-tui[web]'" in said.err


@pytest.mark.skipif(chromium() is None, reason="there is no Chromium")
def test_in_a_browser_with_real_keys(tmp_path: Path) -> None:
    """Opened, run by a key, seen, exported to the browser's downloads."""
    folder = tmp_path / "browser"
    folder.mkdir()

    async def act(address: str) -> None:
        async with browsing(folder) as page:
            await page.do("Emulation.setFocusEmulationEnabled", enabled=True)
            await page.do("Page.navigate", url=address)
            while not await page.value(
                "document.body?.classList.contains('-first-byte')"
                " && document.activeElement?.className === 'xterm-helper-textarea'"
            ):
                await asyncio.sleep(0.05)
            before = await page.picture()
            await page.press("F5", 116)
            service = Service(Settings(home=Path(os.environ["IUCN_TUI_HOME"])))
            while sum(row.state.value == "complete" for row in service.runs()) < 12:
                await asyncio.sleep(0.1)
            service.close()
            assert await page.picture() != before
            # The screen may know of the run's end a moment later: then the key does nothing yet.
            while not any(folder.glob("*.csv")):
                await page.do(
                    "Input.dispatchKeyEvent", type="keyDown", key="e", modifiers=2,
                    windowsVirtualKeyCode=69,
                )  # fmt: skip
                await page.press("Enter", 13, "\r")
                for _ in range(30):
                    if not any(folder.glob("*.csv")):
                        await asyncio.sleep(0.1)
            root = address.partition("/?")[0]
            assert all(one.startswith((root, "data:", "blob:")) for one in page.asked)
            assert not [one for one in page.said if "Content Security Policy" in one]

    with serving(IUCN_TUI_DEMO_PROFILE="fast") as (_, address):
        asyncio.run(asyncio.wait_for(act(address), 3 * PATIENCE_S))
    file = next(folder.glob("*.csv"))
    assert len(file.read_text().splitlines()) == 1001
