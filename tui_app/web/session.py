"""A page's own application: a process that ends with the page, whatever ends the page."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from textual_serve.app_service import AppService

from tui_app.interpreter import PYTHON, child_environment
from tui_app.ui import LIFELINE

PATIENCE_S: Final = 4.0
"""How long an application may take to end after it was told to."""

COMMAND: Final = (
    *PYTHON, "-c", "from tui_app.cli.serve import run_page; raise SystemExit(run_page())",
)  # fmt: skip
_BEGINS: Final = b"__GANGLION__\n"
_BETWEEN_REMINDERS_S: Final = 0.2
_HEARS_S: Final = 1.5
"""How long it may take to end when it was asked; then its lifeline is let go, which ends it in two
seconds."""
_CHUNK: Final = 1 << 16
_LAST_WORDS: Final = 4096
"""Bytes of what an application said on stderr last, which say why it failed."""
_ENDED_WELL: Final = (0, 130)


class Session(AppService):
    """One application and its page.

    Attributes:
        say: takes a sentence for whoever started the server.
    """

    say: Callable[[str], None]
    _lifeline: int | None = None
    _said = b""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start it, by its arguments rather than through a shell."""
        self._lifeline, theirs = _pipe()
        environment = self._build_environment(width=width, height=height)
        environment["TEXTUAL_DRIVER"] = "tui_app.web.driver:PipeDriver"
        environment["PYTHONPATH"] = child_environment().get("PYTHONPATH", "")
        if theirs is not None:
            environment[LIFELINE] = str(theirs)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *COMMAND,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=environment,
                pass_fds=() if theirs is None else (theirs,),
                start_new_session=True,  # Ctrl-C is the server's to hear
            )
        finally:
            if theirs is not None:
                os.close(theirs)
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
                await self._carry_all(process.stdout)
            except asyncio.LimitOverrunError:  # it is no application
                _kill(process)
            while await process.stdout.read(_CHUNK):
                pass
            with suppress(ConnectionError, RuntimeError):
                await self.remote_close()
            await listening
        finally:
            listening.cancel()
            await asyncio.wait([listening])

    async def _carry_all(self, stdout: asyncio.StreamReader) -> None:
        there = True
        with suppress(asyncio.IncompleteReadError):
            await stdout.readuntil(_BEGINS)
            while True:
                kind = await stdout.readexactly(1)
                size = int.from_bytes(await stdout.readexactly(4), "big")
                packet = await stdout.readexactly(size)
                if there:
                    try:
                        await self._carry(kind, packet)
                    except (ConnectionError, RuntimeError):
                        there = False

    async def _carry(self, kind: bytes, packet: bytes) -> None:
        if kind == b"D":
            await self.on_data(packet)
        elif kind == b"M":
            await self.on_meta(packet)
        elif kind == b"P":
            await self.on_packed(packet)

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while said := await stderr.read(_LAST_WORDS):
            self._said = (self._said + said)[-_LAST_WORDS:]

    async def stop(self) -> None:
        """Ask it to end; end it where it does not. Tells why where it failed."""
        process, carrying = self._process, self._task
        if process is None or carrying is None:  # it could not be started
            self._let_go()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(min(_HEARS_S, PATIENCE_S)):
                await self._download_manager.cancel_app_downloads(self.app_service_id)
                while not carrying.done():
                    # At its very start it does not hear.
                    await self.send_meta({"type": "quit"})
                    await asyncio.wait([carrying], timeout=_BETWEEN_REMINDERS_S)
        self._let_go()  # now it ends by itself, soon
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
            self.say(f"iucn-tui: A page's application failed: {self._reason()}")

    def _reason(self) -> str:
        lines = self._said.decode(errors="replace").splitlines()
        last = next(
            (line.strip() for line in reversed(lines) if line.strip()), "it gave no reason."
        )
        return last.removeprefix("iucn-tui: ")

    def _let_go(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):  # it ended just then
        process.kill()


def _pipe() -> tuple[int | None, int | None]:
    """A pipe of which only the application gets the reading end; none on Windows."""
    if sys.platform == "win32":
        return None, None
    theirs, ours = os.pipe()
    return ours, theirs


def command_in_words() -> str:
    """What is started, as a shell would have it."""
    return shlex.join(COMMAND)
