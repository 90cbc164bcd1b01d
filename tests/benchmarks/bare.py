"""The methods as anybody would write them by hand: the same requests, and nothing of ours.

No events, no store, no decoding, no retries, no limits: what the HTTP libraries themselves cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final


def sequential(urls: Sequence[str], in_flight: int) -> int:
    """One after another over one session; gives how many bytes came."""
    import requests

    with requests.Session() as session:
        session.trust_env = False
        return sum(len(session.get(url, timeout=60).content) for url in urls)


def threads(urls: Sequence[str], in_flight: int) -> int:
    """A pool over one session."""
    import requests
    from requests.adapters import HTTPAdapter

    with requests.Session() as session, ThreadPoolExecutor(in_flight) as pool:
        session.trust_env = False
        session.mount("http://", HTTPAdapter(pool_maxsize=in_flight))
        return sum(pool.map(lambda url: len(session.get(url, timeout=60).content), urls))


def by_asyncio(urls: Sequence[str], in_flight: int) -> int:
    """As many tasks as may be in flight, which take from one iterator."""
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
