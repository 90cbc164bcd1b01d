"""uvloop: the asyncio method on an event loop that is written in C, over libuv (an extra)."""

from __future__ import annotations

import uvloop

from . import asyncio_aiohttp
from .dispatcher import Dispatcher


def carry(dispatcher: Dispatcher) -> None:
    """Carry a run on an event loop of its own, in the calling thread."""
    asyncio_aiohttp.carry(dispatcher, uvloop.new_event_loop)
