"""The server: one page, its websocket, its downloads, behind the gate."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
import jinja2
from aiohttp import WSCloseCode, web
from textual_serve.server import Server

from tui_app.redlist.errors import UsageError
from tui_app.ui import WhenAsked

from .gate import Gate
from .session import Session, command_in_words

_HERE: Final = Path(__file__).parent
_SHUTDOWN_S: Final = 6.0
_MALFORMED: Final = (
    AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError, ConnectionError,
)  # fmt: skip
"""What a message that no page of ours sends comes to: the page is let go."""
_LARGEST: Final = 500
"""Columns or rows of a page's terminal."""


class WebServer(Server):
    """Serves the application to browsers.

    Args:
        host: what to bind to.
        port: 0 for any that is free.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(command_in_words(), host=host, port=port, title="iucn-tui")
        self.gate = Gate(host)
        self._pages: set[web.WebSocketResponse] = set()

    async def _make_app(self) -> web.Application:
        """The routes, behind the gate."""
        app = web.Application(middlewares=[self.gate.guard])
        loader = jinja2.FileSystemLoader(_HERE / "templates")
        aiohttp_jinja2.setup(app, loader=loader, autoescape=True)
        app.add_routes(
            [
                web.get("/", self.handle_index, name="index"),
                web.get("/ws", self.handle_websocket, name="websocket"),
                web.get("/download/{key}", self.handle_download, name="download"),
                web.static("/static", self.statics_path, name="static"),
                web.static("/page", _HERE / "page", name="page"),
            ]
        )
        app.on_shutdown.append(self._close_pages)
        return app

    @aiohttp_jinja2.template("index.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        """The page, whose terminal has 16 pixels a line unless ``?fontsize=`` says otherwise."""
        size = request.query.get("fontsize", "")
        return {
            "websocket": f"ws://{request.host}/ws",
            "font_size": size if size.isdigit() and 4 <= int(size) <= 99 else "16",
        }

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A page: its application runs as long as it is there."""
        page = web.WebSocketResponse(heartbeat=15)
        await page.prepare(request)
        self._pages.add(page)

        async def close() -> None:
            await page.close()

        session = Session(
            self.command,
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        try:
            await session.start(_cells(request, "width", 80), _cells(request, "height", 24))
            with suppress(*_MALFORMED):
                await self._process_messages(page, session)  # until the page is gone
        finally:
            self._pages.discard(page)
            await session.stop()
        return page

    async def _close_pages(self, _: web.Application) -> None:
        """The server ends: so do the pages, and their applications with them."""
        for page in list(self._pages):
            await page.close(code=WSCloseCode.GOING_AWAY)

    async def run(self, ready: Callable[[str], None], when_asked: WhenAsked) -> None:
        """Serve until a signal asks for the end.

        Args:
            ready: is told the address, key and all, once pages can come.
            when_asked: sends signals to the server while it serves.

        Raises:
            UsageError: the port or the host can't be had.
        """
        logging.getLogger("textual-serve").setLevel(logging.ERROR)
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        runner = web.AppRunner(
            await self._make_app(), access_log=None, shutdown_timeout=_SHUTDOWN_S
        )
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, self.host, self.port).start()
            except OSError as error:
                raise UsageError(
                    f"{self.host} port {self.port} can't be served: {error.strerror or error}.",
                    "Choose another --port, or 0 for any that is free.",
                ) from None
            self.gate.port = runner.addresses[0][1]
            name = self.host if self.host not in ("", "0.0.0.0", "::") else "localhost"  # noqa: S104
            name = f"[{name}]" if ":" in name else name
            with when_asked(lambda: loop.call_soon_threadsafe(asked.set)):
                ready(f"http://{name}:{self.gate.port}/?key={self.gate.key}")
                await asked.wait()
        finally:
            await runner.cleanup()


def _cells(request: web.Request, name: str, usual: int) -> int:
    said = request.query.get(name, "")
    return min(int(said), _LARGEST) if said.isdigit() and int(said) > 0 else usual
