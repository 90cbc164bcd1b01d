"""The command line of the demo server."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from .limits import Bucket
from .options import ENVIRONMENT_VARIABLE, Options
from .profiles import PROFILES
from .server import HOST, serve


def _rate_limit(text: str) -> str:
    try:
        Bucket.read(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not RATE or RATE:BURST") from None
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
    add("--host", default=HOST, help="address to listen at (default: %(default)s)")
    add("--port", type=int, default=0, help="port to listen at (default: a free one)")
    add("--token", help=f"token that requests must bring (or in {ENVIRONMENT_VARIABLE})")
    add(
        "--rate-limit", type=_rate_limit, metavar="R[:BURST]", help="429 beyond R requests a second"
    )
    add("--seed", type=int, help="of the catalogue, delays and faults (default: 0)")
    add("--delay", type=_seconds, metavar="S", help="seconds for every answer, not the profile's")
    add(
        "--replay",
        type=Path,
        metavar="FILE",
        help="serve a recording, as slow as it was, in place of the catalogue",
    )
    add("--log", type=Path, metavar="FILE", help="append one JSON line a request")
    add("--while-stdin", action="store_true", help="stop when standard input ends")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the server with command-line arguments; returns the exit code.

    It is 2 where the arguments make no sense, or where it cannot listen, log or replay.
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
    return serve(
        options, host=args.host, port=args.port, log=args.log, while_stdin=args.while_stdin
    )
