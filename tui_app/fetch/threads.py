"""Threads: a ``ThreadPoolExecutor`` whose workers share one pooled ``requests.Session``."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from .blocking import BlockingTransport, work
from .dispatcher import Dispatcher


def carry(dispatcher: Dispatcher) -> None:
    """Carry a run in as many threads as there may be requests in flight."""
    size = dispatcher.plan.in_flight
    # Leaving the pool waits for its threads: a halt shuts the sockets that they hang on.
    with BlockingTransport(dispatcher) as transport, ThreadPoolExecutor(size, "fetch") as pool:
        workers = [pool.submit(work, dispatcher, transport) for _ in range(size)]
        try:
            for worker in workers:
                worker.result()
        except BaseException:
            dispatcher.halt.set()
            raise
