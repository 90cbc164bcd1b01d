"""``python -m tui_app.demo``: the server's process: arguments, signals, the parent's pipe.

People start it by ``iucn-tui demo``, whose help says what the arguments mean.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from .behaviour import ENVIRONMENT_VARIABLE, PROFILES, Options, RequestWindow
from .recording import Recording, RecordingError

HOST: Final = "127.0.0.1"
"""The address that the server listens at: this machine's own."""


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise ValueError
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tui_app.demo")
    add = parser.add_argument
    add("--profile", choices=sorted(PROFILES))
    add("--host", default=HOST)
    add("--port", type=int, default=0)  # 0: any free one
    add("--token", help=f"better in {ENVIRONMENT_VARIABLE}")
    add("--rate-limit", type=RequestWindow.read, metavar="N/S")
    add("--seed", type=int)
    add("--delay", type=_seconds, metavar="S")
    add("--replay", type=Path, metavar="FILE", help="a recording in place of the catalogue")
    add("--log", type=Path, metavar="FILE")
    add("--while-stdin", action="store_true", help="stop when standard input ends")
    return parser


class _Refused(Exception):
    """The server can't be run; the text says why."""


def run_demo(argv: Sequence[str]) -> int:
    """Run the server with command-line arguments until it is stopped; returns the exit code.

    It is 2, with a sentence on stderr, where the arguments make no sense, or where the server
    can't listen, log, replay or print its address.
    """
    parser = _parser()
    args = parser.parse_args(argv)
    if args.replay is None:
        options = Options(
            profile=args.profile or "typical",
            seed=args.seed or 0,
            token=args.token or os.environ.get(ENVIRONMENT_VARIABLE) or None,
            delay_s=args.delay,
            window=args.rate_limit,
        )
    else:
        for name in ("profile", "seed", "token", "delay"):
            if getattr(args, name) is not None:
                parser.error(f"--{name} is of the catalogue, and makes no sense with --replay")
        options = Options(profile="fast", window=args.rate_limit, replay=args.replay)
    try:
        asyncio.run(_serve(options, args.host, args.port, args.log, args.while_stdin))
    except KeyboardInterrupt:
        return 0
    except (_Refused, RecordingError, OverflowError) as reason:
        sentence = {
            RecordingError: f"The demo server cannot replay {args.replay}: {reason}.",
            OverflowError: f"There is no port {args.port}: ports go from 0 to 65535.",
        }.get(type(reason), f"The demo server cannot {reason}.")
        with contextlib.suppress(OSError):  # stderr is closed
            print(sentence, file=sys.stderr, flush=True)
        return 2
    return 0


@contextlib.contextmanager
def _refused(what: str) -> Iterator[None]:
    """Raise _Refused with *what* can't be done where the system refuses it."""
    try:
        yield
    except OSError as reason:
        error = os.strerror(reason.errno) if reason.errno else str(reason)
        raise _Refused(f"{what}: {error}") from None


async def _serve(
    options: Options, host: str, port: int, log: Path | None, while_stdin: bool
) -> None:
    """Serve until a signal, or the end of standard input; print ``listening on URL`` first."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    with contextlib.ExitStack() as stack:
        lines = None
        if log is not None:
            with _refused(f"write its log to {log}"):
                lines = stack.enter_context(log.open("a", buffering=1, encoding="utf-8"))
        replay = options.replay
        recording = stack.enter_context(Recording(replay)) if replay is not None else None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with _refused(f"listen on {host}:{port}"):
            listener = stack.enter_context(
                socket.create_server((host, port), family=family, backlog=1024)
            )
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, stopped.set)
        if while_stdin:
            _watch_stdin(loop, stopped)
        name = f"[{host}]" if ":" in host else host
        base_url = f"http://{name}:{listener.getsockname()[1]}"
        with _refused("print its address"):
            try:
                print(f"listening on {base_url}", flush=True)
            except BrokenPipeError:  # the program that started it has ended
                return
        # The system takes connections from here on; the rest is imported meanwhile.
        from .server import DemoService

        service = DemoService(options, base_url, lines, recording)
        server = await loop.create_server(service.connections, sock=listener, backlog=1024)
        service.warm_up()
        await stopped.wait()
        server.close()
        await service.stop()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Stop when the other end of standard input is closed."""

    def read() -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stopped.set()

    try:
        loop.add_reader(0, read)
    except OSError:  # a file or /dev/null, which never blocks
        stopped.set()


if __name__ == "__main__":
    sys.exit(run_demo(sys.argv[1:]))
