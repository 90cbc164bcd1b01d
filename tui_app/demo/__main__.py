"""``python -m tui_app.demo``: the process of a :class:`~tui_app.demo.DemoServer`.

The first line of standard input has its options, as JSON; when that input ends, so does it.
``iucn-tui demo`` calls :func:`run_demo` in its own process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from .behaviour import Options
from .recording import Recording, RecordingError

HOST: Final = "127.0.0.1"
"""The address that the server listens at: this machine's own."""


class _Refused(Exception):
    """The server can't be run; the text says why."""


def run_demo(options: Options, *, while_stdin: bool = False) -> int:
    """Run the server until a signal, or the end of standard input; returns the exit code.

    It is 2, with a sentence on stderr, where it can't listen, log, replay or print its address.
    """
    try:
        asyncio.run(_serve(options, while_stdin))
    except KeyboardInterrupt:
        return 0
    except _Refused as reason:
        with suppress(OSError):  # stderr is closed
            print(f"The demo server cannot {reason}.", file=sys.stderr, flush=True)
        return 2
    return 0


@contextmanager
def _refused(what: str) -> Iterator[None]:
    """Raise _Refused with *what* can't be done where the system refuses it."""
    try:
        yield
    except (OSError, RecordingError) as reason:
        number = getattr(reason, "errno", None)
        raise _Refused(f"{what}: {os.strerror(number) if number else reason}") from None


async def _serve(options: Options, while_stdin: bool) -> None:
    """Print ``listening on URL``, and serve."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    with ExitStack() as stack:
        log = recording = None
        if options.log is not None:
            with _refused(f"write its log to {options.log}"):
                file = Path(options.log).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115
                log = stack.enter_context(file)
        if options.replay is not None:
            with _refused(f"replay {options.replay}"):
                recording = stack.enter_context(Recording(Path(options.replay)))
        with _refused(f"listen on {HOST}:{options.port}"):
            listener = socket.create_server((HOST, options.port), backlog=1024)
            stack.enter_context(listener)
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, stopped.set)
        if while_stdin:  # nothing else comes that way
            loop.add_reader(0, stopped.set)
        base_url = f"http://{HOST}:{listener.getsockname()[1]}"
        with _refused("print its address"):
            try:
                print(f"listening on {base_url}", flush=True)
            except BrokenPipeError:  # the program that started it has ended
                return
        # The system takes connections from here on; the rest is imported meanwhile.
        from .server import DemoService

        service = DemoService(options, base_url, log, recording)
        server = await loop.create_server(service.connections, sock=listener, backlog=1024)
        service.warm_up()
        await stopped.wait()
        server.close()
        await service.stop()


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.readline(), type=Options)
    sys.exit(run_demo(given, while_stdin=True))
