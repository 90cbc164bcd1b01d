"""The server: one page, its websocket, its downloads; each page has an application of its own."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.typedefs import Handler
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from tui_app.interpreter import PYTHON, child_environment
from tui_app.ui import LIFELINE, WhenAsked

from .access import Gate, Listening, filled, listen, text_response

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
PATIENCE_S: Final = 4.0
"""How long an application may take to end after it was told to."""
COMMAND: Final = (
    *PYTHON, "-c", "from tui_app.cli.serve import run_page; raise SystemExit(run_page())",
)  # fmt: skip
_HEARS_S: Final = 1.5
"""How long it may take to end when it was asked; then its lifeline is let go, which ends it in two
seconds."""
_BETWEEN_REMINDERS_S: Final = 0.2
_SHUTDOWN_S: Final = 6.0
_HERE: Final = Path(__file__).parent
_STATIC: Final = Path(textual_serve.__file__).parent / "static"
_LARGEST: Final = 500  # columns or rows of a page's terminal
_LAST_WORDS: Final = 4096  # bytes that an application said on stderr last: why it failed
_ENDED_WELL: Final = (0, 130)


class WebServer:
    """Serves the application to browsers; ``say`` takes sentences for whoever started it."""

    def __init__(self, host: str, port: int, say: Callable[[str], None]) -> None:
        self.host, self.port = host, port
        self.gate = Gate()
        self.download_manager = DownloadManager()
        self._say = say
        self._pages: dict[web.WebSocketResponse, asyncio.Task[Any] | None] = {}
        self._downloading: set[str] = set()

    def make_app(self) -> web.Application:
        """The routes, behind the gate."""
        app = web.Application(middlewares=[self._answered, self.gate.guard])
        # aiohttp's own repeats the header in its answer, and fails where that is not text.
        expect: Any = {"expect_handler": _expected}
        once: Any = {**expect, "allow_head": False}
        app.add_routes(
            [
                web.get("/", self._send_page, **expect),
                web.get("/ws", self._open_page, **once),
                web.get("/download/{key}", self._send_download, **once),
                web.static("/static", _STATIC, **expect),
                web.static("/page", _HERE / "page", **expect),
                web.route("*", "/{path:.*}", _nothing_here, **expect),
            ]
        )
        app.on_shutdown.append(self._close_pages)
        return app

    @web.middleware
    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """See to it that a fault of ours is a sentence here and there, and no traceback."""
        try:
            return await handler(request)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
                return await _nothing_here(request)
            self._say(f"iucn-tui: {request.path[:80]} failed: {_named(error)}.")
            return text_response(
                500, "The request failed. The terminal of `iucn-tui web` shows the reason."
            )

    async def _send_page(self, request: web.Request) -> web.Response:
        """The page, whose terminal has 16 pixels a line unless ``?fontsize=`` says otherwise."""
        size = _count(request.query.get("fontsize", ""))
        size = size if size is not None and 4 <= size <= 99 else 16
        text = filled("index.html", websocket=f"ws://{request.host}/ws", font_size=size)
        return web.Response(text=text, content_type="text/html")

    async def _send_download(self, request: web.Request) -> web.StreamResponse:
        """A file that an application delivers: once, and to one browser."""
        key = request.match_info["key"]
        try:
            download = await self.download_manager.get_download_metadata(key)
        except KeyError:
            return text_response(404, "This download has expired. Export again.")
        if key in self._downloading:
            return text_response(409, "This download is already in progress.")
        response = web.StreamResponse()
        response.content_type = download.mime_type or "application/octet-stream"
        name = quote(download.file_name, safe="", errors="replace")
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        self._downloading.add(key)
        try:
            await response.prepare(request)
            async for chunk in self.download_manager.download(key):
                async with asyncio.timeout(STALLED_S):
                    await response.write(chunk)
            await response.write_eof()
        except TimeoutError:
            raise ConnectionError("the browser stopped receiving") from None
        finally:
            self._downloading.discard(key)
        return response

    async def _open_page(self, request: web.Request) -> web.StreamResponse:
        """A page: its application runs as long as it is there."""
        if len(self._pages) >= MOST_PAGES:
            return text_response(503, f"{MOST_PAGES} pages are open. Close one of them first.")
        page = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=LARGEST_MESSAGE)
        self._pages[page] = asyncio.current_task()
        try:
            try:
                await page.prepare(request)
            except (web.HTTPException, ValueError):
                return text_response(400, "This address is the page's websocket.")
            await self._run_application(page, request)
        finally:
            del self._pages[page]
        return page

    async def _run_application(self, page: web.WebSocketResponse, request: web.Request) -> None:
        session = Session(page, self.download_manager, self._say)
        width, height = (_count(request.query.get(name, "")) for name in ("width", "height"))
        try:
            await session.start(_cells(width, 80), _cells(height, 24))
            async for message in page:  # until it is gone; what is not taken waits in its browser
                if message.type is WSMsgType.TEXT:
                    async with asyncio.timeout(STALLED_S):
                        await _hand_on(page, session, message.data)
        except (ValueError, RecursionError, TimeoutError):
            await page.close(code=WSCloseCode.POLICY_VIOLATION)
        except (ConnectionError, RuntimeError):
            pass  # the page went while it was written to
        except OSError as error:
            self._say(f"iucn-tui: The application could not be started: {_named(error)}.")
        finally:
            await session.stop()

    async def _close_pages(self, _: web.Application) -> None:
        """The server ends: so do the pages, and their applications with them."""
        for page in list(self._pages):
            if page.prepared:
                await page.close(code=WSCloseCode.GOING_AWAY)

    async def run(self, ready: Callable[[Listening, str], None], when_asked: WhenAsked) -> None:
        """Serve until a signal (which ``when_asked`` sends here meanwhile) asks for the end.

        Calls ``ready`` with the server's address, and the address with its key, once it takes
        requests. Raises :class:`UsageError` where the port or the host can't be used.
        """
        for name in ("aiohttp", "textual-serve"):
            # They log what strangers send, and with a traceback; `_answered` tells of our faults.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._tell_of_fault)
        runner = web.AppRunner(
            self.make_app(),
            access_log=None,
            keepalive_timeout=HEADERS_S,
            shutdown_timeout=_SHUTDOWN_S,
        )
        listening = listen(self.host, self.port)
        self.gate.port, self.gate.names = listening.port, listening.names
        await runner.setup()
        try:
            for one in listening.sockets:
                await web.SockSite(runner, one).start()
            with when_asked(lambda: loop.call_soon_threadsafe(asked.set)):
                ready(listening, f"{listening.root}/?key={self.gate.key}")
                await asked.wait()
        finally:
            await runner.cleanup()
            listening.close()
            if left := [one for one in self._pages.values() if one is not None]:
                # aiohttp waits for no page whose browser has gone; its application ends first.
                await asyncio.wait(left, timeout=_SHUTDOWN_S)

    def _tell_of_fault(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, ConnectionError):
            reason = _named(error) if isinstance(error, Exception) else context["message"]
            self._say(f"iucn-tui: The web server failed: {reason}.")


async def _nothing_here(request: web.Request) -> web.StreamResponse:
    return text_response(404, "Not found. The page is /.")


async def _expected(request: web.Request) -> None:
    """Nothing here reads a body: the answer comes without it."""


async def _hand_on(page: web.WebSocketResponse, session: Session, text: str) -> None:
    """Do what a message asks for; one of a kind that is not known means nothing.

    Raises:
        ValueError, RecursionError: no page of ours sends such a message.
    """
    match json.loads(text):
        case ["stdin", str(keys), *_]:
            await session.send_bytes(keys.encode(errors="replace"))
        case ["resize", {"width": int(width), "height": int(height)}, *_] if not (
            isinstance(width, bool) or isinstance(height, bool)
        ):
            await session.set_terminal_size(_cells(width, 1), _cells(height, 1))
        case ["resize", {}, *_]:
            pass
        case ["ping", *given]:
            await page.send_json(["pong", given[0] if given else None])
        case ["blur", *_]:
            await session.blur()
        case ["focus", *_]:
            await session.focus()
        case [str(kind), *_] if kind not in ("stdin", "resize"):
            pass
        case _:
            raise ValueError(text)


def _count(text: str) -> int | None:
    """A number of a few ASCII digits; None for all else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _cells(wanted: int | None, usual: int) -> int:
    """Columns or rows: as wanted, at most as many as a terminal may have."""
    return min(wanted, _LARGEST) if wanted is not None and wanted > 0 else usual


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": .")


class Session(AppService):
    """A page's own application: a process that ends with the page, whatever ends the page."""

    def __init__(
        self,
        page: web.WebSocketResponse,
        download_manager: DownloadManager,
        say: Callable[[str], None],
    ) -> None:
        async def close() -> None:
            await page.close()

        super().__init__(
            "iucn-tui",
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=close,
            download_manager=download_manager,
        )
        self._say = say
        self._lifeline = ExitStack()  # closes the pipe whose end the application notices
        self._said = b""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start it, by its arguments rather than through a shell."""
        environment = self._build_environment(width=width, height=height)
        environment["TEXTUAL_DRIVER"] = "tui_app.web.driver:PipeDriver"
        environment["PYTHONPATH"] = child_environment().get("PYTHONPATH", "")
        handed: tuple[int, ...] = ()
        with ExitStack() as ours:
            if sys.platform != "win32":
                theirs, lifeline = os.pipe()
                ours.callback(os.close, theirs)
                self._lifeline.callback(os.close, lifeline)
                environment[LIFELINE], handed = str(theirs), (theirs,)
            self._process = await asyncio.create_subprocess_exec(
                *COMMAND,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=environment,
                pass_fds=handed,
                start_new_session=True,  # Ctrl-C is the server's to hear
            )
        assert self._process.stdin is not None
        self._stdin = self._process.stdin
        return self._process

    async def run(self) -> None:
        """Carry what the application draws to its page, until it has ended.

        Unlike textual-serve's it reads on when the page is gone, so that the application can
        end; it closes the page in any case, and prints nothing.
        """
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        listening = asyncio.create_task(self._listen(process.stderr))
        try:
            try:
                await self._carry(process.stdout)
            except asyncio.LimitOverrunError:  # it is no application
                _kill(process)
            while await process.stdout.read(1 << 16):
                pass
            with suppress(ConnectionError, RuntimeError):
                await self.remote_close()
            await listening
        finally:
            listening.cancel()
            await asyncio.wait([listening])

    async def _carry(self, stdout: asyncio.StreamReader) -> None:
        takers = {b"D": self.on_data, b"M": self.on_meta, b"P": self.on_packed}
        with suppress(asyncio.IncompleteReadError):
            await stdout.readuntil(b"__GANGLION__\n")
            while True:
                kind = await stdout.readexactly(1)
                size = int.from_bytes(await stdout.readexactly(4), "big")
                packet = await stdout.readexactly(size)
                if take := takers.get(kind):
                    try:
                        await take(packet)
                    except (ConnectionError, RuntimeError):
                        takers.clear()  # the page is gone

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while said := await stderr.read(_LAST_WORDS):
            self._said = (self._said + said)[-_LAST_WORDS:]

    async def stop(self) -> None:
        """Ask it to end; end it where it does not. Tells why where it failed."""
        process, carrying = self._process, self._task
        if process is None or carrying is None:  # it could not be started
            self._lifeline.close()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min(_HEARS_S, PATIENCE_S)):
                await self._download_manager.cancel_app_downloads(self.app_service_id)
                while not carrying.done():
                    # At its very start it does not hear.
                    await self.send_meta({"type": "quit"})
                    await asyncio.wait([carrying], timeout=_BETWEEN_REMINDERS_S)
        self._lifeline.close()  # now it ends by itself, soon
        try:
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.wait([carrying])
                await process.wait()
        except TimeoutError:
            _kill(process)
            carrying.cancel()
            await asyncio.wait([carrying])
            await process.communicate()  # `wait` alone waits until its pipes are read
        if process.returncode is not None and process.returncode not in _ENDED_WELL:
            last = self._said.decode(errors="replace").rstrip().splitlines()[-1:]
            reason = last[0].strip().removeprefix("iucn-tui: ") if last else "no reason is known."
            self._say(f"iucn-tui: A page's application failed: {reason}")


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):  # it ended just then
        process.kill()
