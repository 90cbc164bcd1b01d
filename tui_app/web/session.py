"""A page's own application: a process that ends with the page, whatever ends the page."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Final

from textual_serve.app_service import AppService

from tui_app.ui import LIFELINE

PATIENCE_S: Final = 4.0
"""How long an application may take to end after it was told to."""

COMMAND: Final = (
    sys.executable,
    "-c",
    "from tui_app.cli.main import run_application; raise SystemExit(run_application())",
)


class Session(AppService):
    """One application and its page."""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start it, by its arguments rather than through a shell."""
        ours, theirs = _pipe()
        environment = self._build_environment(width=width, height=height)
        environment["TEXTUAL_DRIVER"] = "tui_app.web.driver:PipeDriver"
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
        self._lifeline = ours
        assert self._process.stdin is not None
        self._stdin = self._process.stdin
        return self._process

    async def stop(self) -> None:
        """Ask it to end; end it where it does not."""
        process = self._process
        if process is None:
            return
        try:
            with suppress(ConnectionError):  # it was drawing for a page that is gone
                await asyncio.wait_for(super().stop(), PATIENCE_S)
            self._let_go()
            await asyncio.wait_for(process.wait(), PATIENCE_S)
        except TimeoutError:
            process.kill()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

    _lifeline: int | None = None


def _pipe() -> tuple[int | None, int | None]:
    """A pipe of which only the application gets the reading end; none on Windows."""
    if sys.platform == "win32":
        return None, None
    theirs, ours = os.pipe()
    return ours, theirs


def command_in_words() -> str:
    """What is started, as a shell would have it."""
    return shlex.join(COMMAND)
