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
    add("--profile", choices=sorted(PROFILES), default="typical", help="delays and faults")
    add("--host", default=HOST, help="address to listen at (default: %(default)s)")
    add("--port", type=int, default=0, help="port to listen at (default: a free one)")
    add("--token", help=f"token that requests must bring (or in {ENVIRONMENT_VARIABLE})")
    add(
        "--rate-limit", type=_rate_limit, metavar="R[:BURST]", help="429 beyond R requests a second"
    )
    add("--seed", type=int, default=0, help="of the catalogue, delays and faults (default: 0)")
    add("--delay", type=_seconds, metavar="S", help="seconds for every answer, not the profile's")
    add("--log", type=Path, metavar="FILE", help="append one JSON line a request")
    add("--while-stdin", action="store_true", help="stop when standard input ends")
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the server with command-line arguments; returns the exit code (2: cannot listen)."""
    args = _parser().parse_args(argv)
    options = Options(
        profile=args.profile,
        seed=args.seed,
        token=args.token or os.environ.get(ENVIRONMENT_VARIABLE) or None,
        delay_s=args.delay,
        rate_limit=args.rate_limit,
    )
    return serve(
        options, host=args.host, port=args.port, log=args.log, while_stdin=args.while_stdin
    )
