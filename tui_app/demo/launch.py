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
from typing import IO, Final, Self

from tui_app.interpreter import PYTHON, child_environment

from .behaviour import ENVIRONMENT_VARIABLE

_HELLO: Final = b"listening on "
_LONGEST_END_S: Final = 0.8
_NOT_ITS_OWN: Final = "IUCN_REDLIST_KEY"
"""The user's own token: no business of this server's, and of whoever reads its environment."""


class DemoError(RuntimeError):
    """The demo server did not come up; the text says why."""


class DemoServer:
    """The demo server in a process of its own.

    ::

        with DemoServer(profile="fast") as demo:
            requests.get(demo.base_url + "/api/v4/countries/MG")

    The process ends with :meth:`close`, and also when this process ends in whatever way: it
    watches a pipe that the system closes then.
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
        timeout: float = 10.0,
        replay: str | Path | IO[bytes] | None = None,
    ) -> None:
        """Say how the server is to behave; it starts with :meth:`start` or ``with``.

        Args:
            profile: ``fast``, ``typical``, ``iucn``, ``notebook`` or ``flaky``.
            token: what every request must bring; None: none is asked for.
            seed: of the catalogue, the delays and the faults.
            delay: seconds for every answer, in place of the profile's delays.
            rate_limit: ``"N/S"``: it answers 429 beyond N requests in any S seconds.
            log: a file that gets one JSON line a request.
            port: the port to listen at; 0: a free one.
            timeout: seconds that it may take to come up.
            replay: a recording (:mod:`tui_app.demo.recording`) that it serves in place of the
                catalogue, whatever else is said of that: a file's name, or an open file,
                which need not have one and may be closed when the server runs.
        """
        self._handed: tuple[int, ...] = ()
        chosen: dict[str, object] = {"port": port, "rate-limit": rate_limit}
        if replay is None:
            chosen |= {"profile": profile, "seed": seed, "delay": delay}
        elif isinstance(replay, str | Path):
            chosen["replay"] = Path(replay).absolute()
        else:
            self._handed = (replay.fileno(),)
            chosen["replay"] = f"/dev/fd/{replay.fileno()}"
        if log is not None:
            chosen["log"] = Path(log).absolute()
        self._arguments = [f"--{key}={value}" for key, value in chosen.items() if value is not None]
        self._token = token if replay is None else None
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._base_url: str | None = None

    @property
    def base_url(self) -> str:
        """Its root, without ``/api/v4``; raises DemoError while it doesn't run."""
        if self._base_url is None:
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
        with tempfile.TemporaryFile() as complaints:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                    [*PYTHON, "-m", f"{__package__}", "--while-stdin", *self._arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    env=self._environment(),
                    start_new_session=True,
                    pass_fds=self._handed,
                )
            except OSError as reason:
                raise DemoError(f"The demo server could not be started: {reason}") from reason
            try:
                self._base_url = self._wait_for_hello(complaints)
            except BaseException:
                self.close()
                raise
        return self._base_url

    def close(self) -> None:
        """End it and wait until it is gone (a second at most); again does nothing."""
        process, self._process, self._base_url = self._process, None, None
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
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.close()

    def _environment(self) -> dict[str, str]:
        """The child's environment, with the token that it is to ask for."""
        environment = child_environment(ENVIRONMENT_VARIABLE, _NOT_ITS_OWN)
        if self._token is not None:
            environment[ENVIRONMENT_VARIABLE] = self._token
        return environment

    def _wait_for_hello(self, complaints: IO[bytes]) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        until = time.monotonic() + self._timeout
        received = b""
        stdout = self._process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while b"\n" not in received:
                if not selector.select(max(0.0, until - time.monotonic())):
                    raise DemoError(f"The demo server was not ready after {self._timeout:g} s.")
                piece = os.read(stdout, 4096)
                if not piece:
                    raise DemoError(f"The demo server did not start: {_last_line(complaints)}")
                received += piece
        hello = received.partition(b"\n")[0]
        if not hello.startswith(_HELLO):
            raise DemoError(f"The demo server said {hello!r} instead of where it listens.")
        return hello.removeprefix(_HELLO).decode()


def _last_line(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it gave no reason.")
