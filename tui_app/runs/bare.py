"""The methods written bare: the same requests, without this program.

No events, no store, no decoding, no retries, no limits: the cost of the HTTP libraries alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter
from typing import Final

from tui_app.fetch import Cancel

LAPS: Final = 7
"""Timed laps of each loop, after one that isn't counted."""
_TIMEOUT_S: Final = 60


def sequential(urls: Sequence[str], in_flight: int) -> int:
    """One request after the other over one session; returns the bytes received."""
    import requests

    with requests.Session() as session:
        session.trust_env = False
        return sum(len(session.get(url, timeout=_TIMEOUT_S).content) for url in urls)


def threads(urls: Sequence[str], in_flight: int) -> int:
    """A pool of threads over one session."""
    import requests
    from requests.adapters import HTTPAdapter

    def get(url: str) -> int:
        return len(session.get(url, timeout=_TIMEOUT_S).content)

    with requests.Session() as session, ThreadPoolExecutor(in_flight) as pool:
        session.trust_env = False
        session.mount("http://", HTTPAdapter(pool_maxsize=in_flight))
        return sum(pool.map(get, urls))


def by_asyncio(urls: Sequence[str], in_flight: int) -> int:
    """As many tasks as requests in flight, which take URLs from one iterator."""
    import aiohttp

    async def fetch_all() -> int:
        left, size = iter(urls), 0

        async def work(session: aiohttp.ClientSession) -> None:
            nonlocal size
            for url in left:
                async with session.get(url) as answer:
                    size += len(await answer.read())

        connector = aiohttp.TCPConnector(limit=in_flight)
        async with aiohttp.ClientSession(connector=connector) as session:
            await asyncio.gather(*(work(session) for _ in range(in_flight)))
        return size

    return asyncio.run(fetch_all())


BARE: Final[dict[str, Callable[[Sequence[str], int], int]]] = {
    "sequential": sequential,
    "threads": threads,
    "asyncio": by_asyncio,
}
"""The loops by the name of the method that they are of."""


def time_bare(
    urls: Sequence[str], in_flight: int, methods: Sequence[str], cancel: Cancel
) -> dict[str, float] | None:
    """Median seconds that each loop takes for these URLs; None if cancelled.

    The loops take turns, so that a drift of the machine doesn't fall on one of them.
    """
    loops = {name: BARE[name] for name in methods if name in BARE}
    laps: dict[str, list[float]] = {name: [] for name in loops}
    for lap in range(1 + LAPS):
        for name, loop in loops.items():
            if cancel.is_set():
                return None
            began = perf_counter()
            loop(urls, in_flight)
            if lap:
                laps[name].append(perf_counter() - began)
    return {name: round(median(seconds), 6) for name, seconds in laps.items()}
