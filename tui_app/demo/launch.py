"""Starting the demo server as a process of its own, and ending it.

Of its own, because in the client's process it would share the interpreter's lock with the methods
that are compared, and falsify every comparison.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Final, Self

import msgspec

from tui_app.interpreter import PYTHON, child_environment

from .behaviour import Options

_HELLO: Final = b"listening on "
_LONGEST_START_S: Final = 10.0
_LONGEST_END_S: Final = 0.8
_NOT_ITS_OWN: Final = "IUCN_REDLIST_KEY"
"""The user's own token: no business of this server's, and of whoever reads its environment."""


class DemoError(RuntimeError):
    """The demo server did not come up; the text says why."""


class DemoServer:
    """The demo server in a separate process, between :meth:`start` and :meth:`close`.

    The process also ends when this one ends in whatever way: it watches a pipe that the system
    closes then. ``replay`` is a recording (:mod:`tui_app.demo.recording`) that is served in place
    of the catalogue; profile, seed and delay then have no effect. It is a path, or an open file,
    which may have no name and may be closed once the server runs. The rest is as in
    :class:`tui_app.demo.behaviour.Options`; ``log`` gets one JSON line a request.
    """

    def __init__(
        self,
        profile: str = "typical",
        *,
        token: str | None = None,
        seed: int = 0,
        delay: float | None = None,
        rate_limit: str | None = None,
        log: str | Path | None = None,
        port: int = 0,
        replay: str | Path | IO[bytes] | None = None,
    ) -> None:
        self._handed: tuple[int, ...] = ()
        chosen: dict[str, Any] = {"profile": "fast"}
        if replay is None:
            chosen = {"profile": profile, "seed": seed, "token": token, "delay_s": delay}
        elif isinstance(replay, str | Path):
            chosen["replay"] = str(replay)
        else:
            self._handed = (replay.fileno(),)
            chosen["replay"] = f"/dev/fd/{replay.fileno()}"
        if log is not None:
            chosen["log"] = str(log)
        self._options = Options(rate_limit=rate_limit, port=port, **chosen)
        self._process: subprocess.Popen[bytes] | None = None
        self._base_url = ""

    @property
    def base_url(self) -> str:
        """Its root, without ``/api/v4``; raises DemoError while it doesn't run."""
        if not self._base_url:
            raise DemoError("The demo server is not running.")
        return self._base_url

    @property
    def pid(self) -> int | None:
        """The id of its process, or None while it doesn't run."""
        return None if self._process is None else self._process.pid

    def start(self) -> str:
        """Start it, unless it runs, and return its base URL; raises DemoError."""
        if self._process is not None:
            return self.base_url
        with tempfile.TemporaryFile() as complaints, contextlib.ExitStack() as undo:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                    [*PYTHON, "-m", f"{__package__}"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    env=child_environment(_NOT_ITS_OWN),
                    start_new_session=True,
                    pass_fds=self._handed,
                )
            except OSError as reason:
                raise DemoError(f"The demo server could not be started: {reason}") from reason
            undo.callback(self.close)
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            with contextlib.suppress(OSError):  # it has ended; stderr says why
                # On stdin: other users of this machine can read arguments, and the token is in it.
                self._process.stdin.write(msgspec.json.encode(self._options) + b"\n")
                self._process.stdin.flush()
            self._base_url = _wait_for_hello(self._process.stdout.fileno(), complaints)
            undo.pop_all()
        return self._base_url

    def close(self) -> None:
        """End it and wait until it is gone (a second at most); again does nothing."""
        process, self._process, self._base_url = self._process, None, ""
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin:
                process.stdin.close()
        try:
            process.wait(_LONGEST_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _wait_for_hello(stdout: int, complaints: IO[bytes]) -> str:
    """The URL that the process prints; raises DemoError where it doesn't, in time."""
    until, received = time.monotonic() + _LONGEST_START_S, b""
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while b"\n" not in received:
            if not selector.select(max(0.0, until - time.monotonic())):
                raise DemoError(f"The demo server was not ready after {_LONGEST_START_S:g} s.")
            piece = os.read(stdout, 4096)
            if not piece:
                complaints.seek(0)
                said = complaints.read().decode(errors="replace").strip().split("\n")[-1].strip()
                raise DemoError(f"The demo server did not start: {said or 'it gave no reason.'}")
            received += piece
    hello = received.partition(b"\n")[0]
    if not hello.startswith(_HELLO):
        raise DemoError(f"The demo server said {hello!r} instead of where it listens.")
    return hello.removeprefix(_HELLO).decode()
