"""Running the service as a process: listening, signals, the parent's pipe."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .options import Options
from .recording import Recording, RecordingError

if TYPE_CHECKING:
    from .service import Service

HOST: Final = "127.0.0.1"
"""The address that the server listens at: this machine's own."""


class _Unheard(Exception):
    """The address can't be printed; the text says why."""


async def _run(options: Options, host: str, port: int, log: Path | None, while_stdin: bool) -> None:
    loop = asyncio.get_running_loop()
    services: list[Service] = []
    stopped = asyncio.Event()
    with contextlib.ExitStack() as stack:
        lines = stack.enter_context(log.open("a", buffering=1, encoding="utf-8")) if log else None
        replay = options.replay
        recording = stack.enter_context(Recording(replay)) if replay is not None else None

        def connect() -> asyncio.Protocol:
            return services[0].connection()

        server = await loop.create_server(connect, host, port, backlog=1024)
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, stopped.set)
        if while_stdin:
            _watch_stdin(loop, stopped)
        base_url = f"http://{host}:{server.sockets[0].getsockname()[1]}"
        try:
            print(f"listening on {base_url}", flush=True)
        except BrokenPipeError:  # whoever wanted it has gone
            return
        except OSError as reason:
            raise _Unheard(reason.strerror) from None
        # The system takes connections from here on; the catalogue is imported meanwhile.
        from .service import Service

        services.append(Service(options, base_url, lines, recording))
        services[0].warm_up()
        await stopped.wait()
        server.close()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Stop when nobody holds the other end of standard input any more."""

    def read() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stopped.set()

    try:
        loop.add_reader(0, read)
    except OSError:  # a file or /dev/null, which never blocks: nobody holds it
        stopped.set()


def serve(
    options: Options,
    *,
    host: str = HOST,
    port: int = 0,
    log: Path | None = None,
    while_stdin: bool = False,
) -> int:
    """Serve until SIGINT or SIGTERM, and print ``listening on URL`` when ready.

    Args:
        options: how the server behaves.
        host: the address to listen at.
        port: the port; 0 takes a free one.
        log: a file that gets one JSON line a request.
        while_stdin: stop, too, when standard input ends.

    Returns:
        The exit code: 0, or 2 (with a sentence on stderr) where it cannot listen, log or replay,
        or print its address.
    """
    try:
        asyncio.run(_run(options, host, port, log, while_stdin))
    except KeyboardInterrupt:
        return 0
    except _Unheard as reason:
        return _complain(f"The demo server cannot print its address: {reason}.")
    except RecordingError as reason:
        return _complain(f"The demo server cannot replay {options.replay}: {reason}.")
    except OverflowError:
        return _complain(f"There is no port {port}: ports go from 0 to 65535.")
    except OSError as reason:
        if log is not None and reason.filename is not None:
            return _complain(f"The demo server cannot write its log to {log}: {reason.strerror}.")
        why = os.strerror(reason.errno) if reason.errno else str(reason)
        return _complain(f"The demo server cannot listen on {host}:{port}: {why}.")
    return 0


def _complain(sentence: str) -> int:
    with contextlib.suppress(OSError):  # nobody can read it
        print(sentence, file=sys.stderr, flush=True)
    return 2
