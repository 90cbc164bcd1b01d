"""Sequential: one ``requests.Session``, one request after another."""

from __future__ import annotations

from .blocking import BlockingTransport, work
from .dispatcher import Dispatcher


def carry(dispatcher: Dispatcher) -> None:
    """Carry a run in the calling thread."""
    with BlockingTransport(dispatcher) as transport:
        work(dispatcher, transport)
