"""``python -m tui_app.demo``: the command, and its process: signals, the parent's pipe."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .behaviour import ENVIRONMENT_VARIABLE, PROFILES, Options, RequestWindow
from .recording import Recording, RecordingError

HOST: Final = "127.0.0.1"
"""The address that the server listens at: this machine's own."""


def _rate_limit(text: str) -> str:
    try:
        RequestWindow.read(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not N/S, such as 100/120") from None
    return text


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a time in seconds")
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tui_app.demo",
        description="Serve an invented Red List on loopback: API v4 and v3, delays and faults.",
        epilog="profiles: " + "; ".join(f"{p.name} ({p.help})" for p in PROFILES.values()),
    )
    add = parser.add_argument
    add("--profile", choices=sorted(PROFILES), help="delays and faults (default: typical)")
    add("--host", default=HOST, help="address to bind (default: %(default)s)")
    add("--port", type=int, default=0, help="port to bind (default: any free one)")
    add("--token", help=f"token that every request must carry (or in {ENVIRONMENT_VARIABLE})")
    add(
        "--rate-limit",
        type=_rate_limit,
        metavar="N/S",
        help="answer 429 beyond N requests in any S seconds (the live limit: 100/120)",
    )
    add("--seed", type=int, help="seed of the catalogue, delays and faults (default: 0)")
    add("--delay", type=_seconds, metavar="S", help="seconds for every answer")
    add(
        "--replay",
        type=Path,
        metavar="FILE",
        help="serve a recording, as slow as it was, in place of the catalogue",
    )
    add("--log", type=Path, metavar="FILE", help="append one JSON line a request")
    add("--while-stdin", action="store_true", help="stop when standard input ends")
    return parser


class _Unheard(Exception):
    """The address can't be printed; the text says why."""


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
            rate_limit=args.rate_limit,
        )
    else:
        for name in ("profile", "seed", "token", "delay"):
            if getattr(args, name) is not None:
                parser.error(f"--{name} is of the catalogue, and makes no sense with --replay")
        options = Options(profile="fast", rate_limit=args.rate_limit, replay=args.replay)
    try:
        asyncio.run(_serve(options, args.host, args.port, args.log, args.while_stdin))
    except KeyboardInterrupt:
        return 0
    except _Unheard as reason:
        return _complain(f"The demo server cannot print its address: {reason}.")
    except RecordingError as reason:
        return _complain(f"The demo server cannot replay {args.replay}: {reason}.")
    except OverflowError:
        return _complain(f"There is no port {args.port}: ports go from 0 to 65535.")
    except OSError as reason:
        if args.log is not None and reason.filename is not None:
            why = f"write its log to {args.log}: {reason.strerror}"
        else:
            error = os.strerror(reason.errno) if reason.errno else str(reason)
            why = f"listen on {args.host}:{args.port}: {error}"
        return _complain(f"The demo server cannot {why}.")
    return 0


def _complain(sentence: str) -> int:
    with contextlib.suppress(OSError):  # nobody can read it
        print(sentence, file=sys.stderr, flush=True)
    return 2


async def _serve(
    options: Options, host: str, port: int, log: Path | None, while_stdin: bool
) -> None:
    """Serve until a signal, or the end of standard input; print ``listening on URL`` first."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    with contextlib.ExitStack() as stack:
        lines = stack.enter_context(log.open("a", buffering=1, encoding="utf-8")) if log else None
        replay = options.replay
        recording = stack.enter_context(Recording(replay)) if replay is not None else None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
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
        try:
            print(f"listening on {base_url}", flush=True)
        except BrokenPipeError:  # the program that started it has ended
            return
        except OSError as reason:
            raise _Unheard(reason.strerror) from None
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
