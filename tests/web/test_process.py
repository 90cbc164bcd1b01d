"""`iucn-tui web` as a process: what it prints, what it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

pytest.importorskip("textual_serve")

import aiohttp

from tests.conftest import ROOT
from tests.support.raw_server import http, scripted
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
def serving(*options: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, and the address that it printed."""
    environment = {**os.environ, **more}
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_app", "web", *options],
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


STRANGERS = (
    "textual", "platformdirs", "textual_serve", "aiohttp", "aiohttp_jinja2", "jinja2", "click",
    "rich", "msgspec", "requests", "webbrowser", "sqlite3", "asyncio", "json", "logging", "uvloop",
)  # fmt: skip


@pytest.mark.parametrize("path", ["", ":.:./.:{root}:"])
def test_nothing_of_the_current_folder_is_run(tmp_path: Path, path: str) -> None:
    """Else a folder that somebody downloaded gets the token, with all that its user may do."""
    work = Path.cwd()
    marker = tmp_path / "marker"
    for name in STRANGERS:
        (work / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write({name!r} + chr(10))")
    # An entry of PYTHONPATH that means the current folder is the main process's own to follow.
    environment = {"PYTHONPATH": str(ROOT)}
    start = (
        f"import os, sys; os.environ['PYTHONPATH'] = {path.format(root=ROOT)!r};"
        " from tui_app.cli import main; sys.exit(main())"
    )
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", start, "web", "--open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment, "BROWSER": str(browser), "IUCN_TUI_DEMO_PROFILE": "fast"},
    )
    assert process.stdout is not None

    async def act(address: str) -> None:
        async with page_of(address) as page:
            await page.send_json(["stdin", "\x1b[15~"])  # F5: a run, and so the demo server
            service = Service(Settings(home=Path(os.environ["IUCN_TUI_HOME"])))
            while not any(row.pages for row in service.runs()):
                await asyncio.sleep(0.05)
            service.close()

    try:
        asyncio.run(asyncio.wait_for(act(process.stdout.readline().strip()), PATIENCE_S))
    finally:
        process.kill()
        process.communicate()
    assert not marker.exists(), marker.read_text()


def test_python_m_runs_nothing_of_the_current_folder_either(program, tmp_path: Path) -> None:
    for name in STRANGERS:
        (Path.cwd() / f"{name}.py").write_text(f"open({str(tmp_path / name)!r}, 'w')")
    assert program("--version").code == 0
    assert program("web", "--port", "x").code == 2
    assert [one.name for one in tmp_path.iterdir() if one.name in STRANGERS] == []


BROWSER = r"""#!{python} -P
import html, json, os, pathlib, re, sys, urllib.request
from urllib.parse import unquote, urlsplit

file = pathlib.Path(unquote(urlsplit(sys.argv[1]).path))
said = dict(
    arguments=sys.argv[1:],
    modes=[oct(one.stat().st_mode & 0o777) for one in (file, file.parent)],
    token=os.environ.get("IUCN_REDLIST_KEY"),
)
address = html.unescape(re.search('url=([^"]+)', file.read_text())[1])
said["shown"] = [
    one.read_bytes().decode(errors="replace")
    for one in pathlib.Path("/proc").glob("[0-9]*/cmdline")
    if address.rpartition("=")[2].encode() in one.read_bytes()
]
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
opener.addheaders = [("Accept", "text/html,*/*;q=0.8")]
with opener.open(address) as answer:
    page = answer.read().decode()
with opener.open(address.partition("?")[0]) as answer:
    said["let in"] = answer.status == 200 and "textual-terminal" in answer.read().decode()
said["kept"] = file.exists()
pathlib.Path({told!r}).write_text(json.dumps(said))
"""
"""Opens a page as a browser does that has been given a file."""


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="asks /proc")
def test_opening_a_browser_shows_the_key_to_nobody(tmp_path: Path) -> None:
    """The arguments of a process can be read by every user of the machine."""
    told, script = tmp_path / "told", tmp_path / "browser"
    script.write_text(BROWSER.format(python=sys.executable, told=str(told)))
    script.chmod(0o755)
    folder = tmp_path / "temporary"
    folder.mkdir()
    more = {"BROWSER": str(script), "TMPDIR": str(folder), "IUCN_REDLIST_KEY": SECRET}
    with serving("--open", **more) as (process, address):
        until = monotonic() + PATIENCE_S
        while not (told.exists() and told.read_text()):
            assert monotonic() < until, "the browser told nothing"
            assert process.poll() is None
            sleep(0.02)
        said = json.loads(told.read_text())
        key = address.rpartition("=")[2]
        (argument,) = said.pop("arguments")
        assert argument.startswith("file:///")
        assert key not in argument
        assert said == {
            "modes": ["0o600", "0o700"],
            "token": None,
            "shown": [],
            "let in": True,
            "kept": False,  # used up: the file is gone
        }
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(chromium() is None, reason="there is no Chromium")
def test_a_browser_that_is_given_a_file_is_let_in(tmp_path: Path) -> None:
    """A strict cookie is not sent by a browser that another page's link brought."""
    folder = tmp_path / "browser"
    folder.mkdir()
    handed = tmp_path / "handed"
    script = tmp_path / "launch"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > {handed}.part; mv {handed}.part {handed}\n')
    script.chmod(0o755)

    async def act() -> None:
        while not handed.exists():
            await asyncio.sleep(0.02)
        async with browsing(folder) as page:
            await page.do("Page.navigate", url=handed.read_text())
            while not await page.value("document.body?.classList.contains('-first-byte')"):
                assert "iucn-tui web" not in str(await page.value("document.body?.innerText"))
                await asyncio.sleep(0.05)
            assert await page.value("location.search") == ""

    with serving("--open", BROWSER=str(script)):
        asyncio.run(asyncio.wait_for(act(), PATIENCE_S))


def test_a_page_whose_settings_are_no_good_says_so_where_it_was_started() -> None:
    """Else its page closes without a word, or with a traceback."""

    async def act(address: str) -> None:
        root = address.partition("/?")[0]
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            async with session.get(address) as answer:
                assert answer.status == 200
            url = root.replace("http", "ws") + "/ws"
            async with session.ws_connect(url, headers={"Origin": root}) as page:
                while not page.closed:
                    await asyncio.wait_for(page.receive(), PATIENCE_S)

    with serving() as (process, address):
        (Path.cwd() / "config.ini").write_text("[iucn-tui]\nconcurrency = many\n")
        asyncio.run(act(address))
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE_S)
    assert out == ""
    assert "iucn-tui: A page's application failed: " in err
    assert "many" in err
    assert "UsageError" not in err


def test_a_folder_s_configuration_does_not_get_the_token_by_a_page() -> None:
    """Else the browser is a way around what the terminal keeps back."""

    async def act(address: str) -> None:
        seen = b""
        async with page_of(address) as page:
            await page.send_json(["stdin", "\x1b[15~"])  # F5
            while b"not sent" not in seen:
                message = await asyncio.wait_for(page.receive(), PATIENCE_S)
                assert message.type is aiohttp.WSMsgType.BINARY
                seen += message.data

    with scripted(lambda path, nth: http(b"{}")) as server:
        Path("config.ini").write_text(f"[iucn-tui]\nbase_url = {server.base_url}\n")
        with serving(IUCN_REDLIST_KEY=SECRET) as (_, address):
            asyncio.run(act(address))
        assert server.asked == []


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
