"""A server for browsers in this process, raw requests to it, and applications that draw little."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import pytest

from tui_app.web import server as web_server
from tui_app.web.access import Listening
from tui_app.web.server import WebServer

PATIENCE_S: Final = 30

ECHO: Final = r"""
import os, sys
def send(kind, said):
    os.write(1, kind + len(said).to_bytes(4, "big") + said)
os.write(1, b"__GANGLION__\n")
send(b"D", b"size %s x %s" % (os.environb[b"COLUMNS"], os.environb[b"ROWS"]))
while head := sys.stdin.buffer.read(5):
    said = sys.stdin.buffer.read(int.from_bytes(head[1:], "big"))
    if b'"quit"' in said:
        break
    send(b"D", head[:1] + said)
send(b"M", b'{"type": "exit"}')
"""
"""An application that draws what it is given: its size, then each packet with its kind."""

DEAF: Final = r"""
import os, time
os.write(1, b"__GANGLION__\n")
os.write(1, b"D\0\0\0\1.")
time.sleep(600)
"""
"""One that reads nothing."""

STUCK: Final = r"""
import threading
from textual.app import App
class Stuck(App):
    def on_key(self, event):
        threading.Event().wait()
Stuck().run()
"""
"""A real one, that does nothing more from its first key on."""


def use_application(patch: pytest.MonkeyPatch, script: str) -> None:
    """Give pages an application of a test's own: a script."""
    patch.setattr(web_server, "COMMAND", (sys.executable, "-c", script))


@dataclass
class Serving:
    """A server that runs.

    Attributes:
        address: as it was printed, with the key.
        said: sentences for whoever started it.
    """

    server: WebServer
    listening: Listening
    address: str
    said: list[str] = field(default_factory=list)

    @property
    def root(self) -> str:
        return self.listening.root

    @property
    def host(self) -> str:
        """What a browser sends as Host."""
        return self.root.removeprefix("http://")

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that has sent nothing."""
        host = self.listening.name.strip("[]")
        return await asyncio.open_connection(host, self.listening.port)

    async def answer(self, request: bytes) -> bytes:
        """The head of the answer to a request, or all there is; empty where none came."""
        reader, writer = await self.connect()
        try:
            writer.write(request)
            async with asyncio.timeout(PATIENCE_S):
                return await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            return error.partial
        finally:
            writer.close()

    async def enter(self) -> bytes:
        """The header line with the cookie that the key gives."""
        query = self.address.partition("/?")[2]
        head = await self.answer(f"GET /?{query} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
        found = re.search(rb"Set-Cookie: ([^;\r]+)", head)
        assert found, head
        return b"Cookie: " + found[1] + b"\r\n"

    def page(
        self, browser: aiohttp.ClientSession, query: str = ""
    ) -> aiohttp.client._WSRequestContextManager:
        """A page's websocket, of a browser that is let in."""
        return browser.ws_connect(
            f"{self.root}/ws{query}", headers={"Origin": self.root}, max_msg_size=0
        )

    async def browser(self) -> aiohttp.ClientSession:
        """A browser that is let in."""
        browser = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        async with browser.get(self.address) as answer:
            assert answer.status == 200
        return browser


def serve(
    act: Callable[[Serving], Awaitable[None]], host: str = "127.0.0.1", port: int = 0
) -> Serving:
    """Act while a server runs, as `iucn-tui web` runs it."""

    async def go() -> Serving:
        said: list[str] = []
        server = WebServer(host, port, said.append)
        ready: asyncio.Future[tuple[Listening, str]] = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(
            server.run(lambda *given: ready.set_result(given), lambda *asked: nullcontext())
        )
        await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        serving = Serving(server, *ready.result(), said)
        try:
            await asyncio.wait_for(act(serving), 2 * PATIENCE_S)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        return serving

    return asyncio.run(go())


async def drawn(page: aiohttp.ClientWebSocketResponse, what: bytes) -> bytes:
    """What a page is given to draw, until that has been."""
    seen = b""
    async with asyncio.timeout(PATIENCE_S):
        while what not in seen:
            message = await page.receive()
            assert message.type is aiohttp.WSMsgType.BINARY, (message, seen[-200:])
            seen += message.data
    return seen


async def closed(page: aiohttp.ClientWebSocketResponse) -> int | None:
    """Wait for the server to close a page; gives the code."""
    async with asyncio.timeout(PATIENCE_S):
        while not page.closed:
            await page.receive()
    return page.close_code
