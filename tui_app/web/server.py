"""The server: one page, its websocket, its downloads, behind the gate."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiohttp_jinja2
import jinja2
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestHandler
from textual_serve.server import Server

from tui_app.ui import WhenAsked

from .address import Listening, listen
from .gate import Gate, sentence
from .session import Session, command_in_words

HEADERS_S: Final = 15.0
"""How long a connection may take to bring a request; afterwards, how long it may be idle."""
HEARTBEAT_S: Final = 15.0
"""How often a page is asked whether it is there; half as long, it may take to say so."""
STALLED_S: Final = 10.0
"""How long an application may leave its page's input unread, or a browser a download."""
MOST_PAGES: Final = 16
"""Pages at once: each is a process."""
LARGEST_MESSAGE: Final = 1 << 20
"""Of a page, in bytes: what is pasted is one message."""
_HERE: Final = Path(__file__).parent
_SHUTDOWN_S: Final = 6.0
_LARGEST: Final = 500
"""Columns or rows of a page's terminal."""


class _MalformedMessage(Exception):
    """No page of ours sends it."""


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class WebServer(Server):
    """Serves the application to browsers.

    Args:
        host: what to listen at, see :func:`~tui_app.web.address.listen`.
        port: 0 for any that is free.
        say: takes sentences for whoever started the server.
    """

    def __init__(self, host: str, port: int, say: Callable[[str], None] = _to_stderr) -> None:
        super().__init__(command_in_words(), host=host, port=port, title="iucn-tui")
        self.gate = Gate()
        self._say = say
        self._pages: dict[web.WebSocketResponse, asyncio.Task[Any] | None] = {}
        self._downloading: set[str] = set()
        self._silent: set[RequestHandler] = set()  # connections that have brought no request yet

    async def _make_app(self) -> web.Application:
        """The routes, behind the gate."""
        app = web.Application(middlewares=[self._answered, self.gate.guard])
        loader = jinja2.FileSystemLoader(_HERE / "templates")
        aiohttp_jinja2.setup(app, loader=loader, autoescape=True)
        # aiohttp's own repeats the header in its answer, and fails where that is not text.
        expect: Any = {"expect_handler": _expected}
        once: Any = {**expect, "allow_head": False}
        app.add_routes(
            [
                web.get("/", self.handle_index, **expect),
                web.get("/ws", self.handle_websocket, **once),
                web.get("/download/{key}", self.handle_download, **once),
                web.static("/static", self.statics_path, **expect),
                web.static("/page", _HERE / "page", **expect),
                web.route("*", "/{path:.*}", _nothing_here, **expect),
            ]
        )
        app.on_shutdown.append(self._close_pages)
        return app

    @web.middleware
    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """See to it that a fault of ours is a sentence here and there, and no traceback."""
        self._silent.discard(request.protocol)
        try:
            return await handler(request)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
                return await _nothing_here(request)
            self._say(f"iucn-tui: {request.path[:80]} failed: {_named(error)}.")
            return sentence(500, "This failed. The terminal of `iucn-tui web` says why.")

    @aiohttp_jinja2.template("index.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        """The page, whose terminal has 16 pixels a line unless ``?fontsize=`` says otherwise."""
        size = _count(request.query.get("fontsize", ""))
        return {
            "websocket": f"ws://{request.host}/ws",
            "font_size": size if size is not None and 4 <= size <= 99 else 16,
        }

    async def handle_download(self, request: web.Request) -> web.StreamResponse:
        """A file that an application delivers: once, and to one browser."""
        key = request.match_info["key"]
        try:
            download = await self.download_manager.get_download_metadata(key)
        except KeyError:
            return sentence(404, "This download is over. Export again.")
        if key in self._downloading:
            return sentence(409, "This download is under way.")
        self._downloading.add(key)
        try:
            return await self._send(download, request)
        except TimeoutError:
            raise ConnectionError("the browser took nothing more") from None
        finally:
            self._downloading.discard(key)

    async def _send(self, download: Any, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_type = download.mime_type or "application/octet-stream"
        response.headers["Content-Disposition"] = (
            f"attachment; filename*=UTF-8''{quote(download.file_name, safe='', errors='replace')}"
        )
        await response.prepare(request)
        async for chunk in self.download_manager.download(download.delivery_key):
            async with asyncio.timeout(STALLED_S):
                await response.write(chunk)
        await response.write_eof()
        return response

    async def handle_websocket(  # type: ignore[override]
        self, request: web.Request
    ) -> web.StreamResponse:
        """A page: its application runs as long as it is there."""
        if len(self._pages) >= MOST_PAGES:
            return sentence(503, f"{MOST_PAGES} pages are open. Close one of them first.")
        page = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=LARGEST_MESSAGE)
        self._pages[page] = asyncio.current_task()
        try:
            try:
                await page.prepare(request)
            except (web.HTTPException, ValueError):
                return sentence(400, "This address is for the page's own websocket.")
            await self._run_application(page, request)
        finally:
            del self._pages[page]
        return page

    async def _run_application(self, page: web.WebSocketResponse, request: web.Request) -> None:
        async def close() -> None:
            await page.close()

        session = Session(
            self.command,
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        session.say = self._say
        width = _cells(_count(request.query.get("width", "")), 80)
        height = _cells(_count(request.query.get("height", "")), 24)
        try:
            await session.start(width, height)
            await self._carry_messages(page, session)  # until the page is gone
        except (ConnectionError, RuntimeError):
            pass  # the page went while it was written to
        except (_MalformedMessage, TimeoutError):
            await page.close(code=WSCloseCode.POLICY_VIOLATION)
        except OSError as error:
            self._say(f"iucn-tui: The application could not be started: {_named(error)}.")
        finally:
            await session.stop()

    async def _carry_messages(self, page: web.WebSocketResponse, session: Session) -> None:
        """Hand on what a page sends, one at a time: what is not taken yet waits in its browser.

        Raises:
            _MalformedMessage: no page of ours sends such a message.
            TimeoutError: the application or the page takes nothing any more.
        """
        async for message in page:
            if message.type is WSMsgType.TEXT:
                kind, given = _message(message.data)
                async with asyncio.timeout(STALLED_S):
                    await _hand_on(page, session, kind, given)

    async def _close_pages(self, _: web.Application) -> None:
        """The server ends: so do the pages, and their applications with them."""
        for page in list(self._pages):
            if page.prepared:
                await page.close(code=WSCloseCode.GOING_AWAY)

    async def run(self, ready: Callable[[Listening, str], None], when_asked: WhenAsked) -> None:
        """Serve until a signal asks for the end.

        Args:
            ready: is told where the server listens, and the address with its key, once pages
                can come.
            when_asked: sends signals to the server while it serves.

        Raises:
            UsageError: the port or the host can't be had.
        """
        for name in ("aiohttp", "textual-serve"):
            # They log what strangers send, and with a traceback; `_answered` tells of our faults.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._tell_of_fault)
        runner = web.AppRunner(
            await self._make_app(),
            access_log=None,
            keepalive_timeout=HEADERS_S,
            shutdown_timeout=_SHUTDOWN_S,
        )
        listening = listen(self.host, self.port)
        self.gate.port, self.gate.names = listening.port, listening.names
        await runner.setup()
        servers: list[asyncio.Server] = []
        try:
            for one in listening.sockets:
                factory = self._connections(runner)
                servers.append(await loop.create_server(factory, sock=one))
            with when_asked(lambda: loop.call_soon_threadsafe(asked.set)):
                ready(listening, f"{listening.root}/?key={self.gate.key}")
                await asked.wait()
        finally:
            for server in servers:
                server.close()
            listening.close()
            await runner.cleanup()
            if left := [one for one in self._pages.values() if one is not None]:
                # aiohttp waits for no page whose browser has gone; its application ends first.
                await asyncio.wait(left, timeout=_SHUTDOWN_S)

    def _tell_of_fault(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, ConnectionError):
            reason = _named(error) if isinstance(error, Exception) else context["message"]
            self._say(f"iucn-tui: The server for browsers met a fault: {reason}.")

    def _connections(self, runner: web.AppRunner) -> Callable[[], RequestHandler]:
        """What answers a connection; one that brings no request is closed after a while.

        ``keepalive_timeout`` does that for a connection's first request in new versions of
        aiohttp only.
        """
        loop = asyncio.get_running_loop()

        def connected() -> RequestHandler:
            assert runner.server is not None
            protocol = runner.server()
            self._silent.add(protocol)
            loop.call_later(HEADERS_S, self._close_if_silent, protocol)
            return protocol

        return connected

    def _close_if_silent(self, protocol: RequestHandler) -> None:
        if protocol in self._silent:
            self._silent.discard(protocol)
            protocol.force_close()


async def _nothing_here(request: web.Request) -> web.StreamResponse:
    return sentence(404, "There is nothing here. The page is /.")


async def _expected(request: web.Request) -> None:
    """Nothing here reads a body: the answer comes without it."""


async def _hand_on(page: web.WebSocketResponse, session: Session, kind: str, given: Any) -> None:
    """Do what a message asks for; one of a kind that is not known means nothing."""
    if kind == "stdin":
        if not isinstance(given, str):
            raise _MalformedMessage
        await session.send_bytes(given.encode(errors="replace"))
    elif kind == "resize":
        if not isinstance(given, dict):
            raise _MalformedMessage
        width, height = (_whole(given.get(name)) for name in ("width", "height"))
        if width is not None and height is not None:
            await session.set_terminal_size(_cells(width, 1), _cells(height, 1))
    elif kind == "ping":
        await page.send_json(["pong", given])
    elif kind == "blur":
        await session.blur()
    elif kind == "focus":
        await session.focus()


def _message(text: str) -> tuple[str, Any]:
    """A message's kind, and what it brings, if anything."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise _MalformedMessage from None
    if not isinstance(said, list) or not said or not isinstance(said[0], str):
        raise _MalformedMessage
    return said[0], said[1] if len(said) > 1 else None


def _count(text: str) -> int | None:
    """A number of a few ASCII digits; None for all else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _whole(given: Any) -> int | None:
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _cells(wanted: int | None, usual: int) -> int:
    """Columns or rows: as wanted, at most as many as a terminal may have."""
    return min(wanted, _LARGEST) if wanted is not None and wanted > 0 else usual


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": .")
