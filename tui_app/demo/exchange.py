"""One request and its answer, from arrival to the last byte."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from .connection import Connection
from .faults import Fault
from .wire import Request


@dataclass(slots=True)
class Exchange:
    """A request that is being answered.

    Attributes:
        connection: the connection that it came over.
        request: its head.
        arrived: when it was read, by the loop's clock (seconds of ``time.monotonic``).
        in_flight: how many were being answered then, itself included.
        number: which request of this server it is, from 1.
        sending: when the answer began to go out, by the same clock; 0 before.
        status: of the answer; 0 where none was sent.
        fault: what the answer was spoilt by.
        timer: what will send the next bytes.
    """

    connection: Connection
    request: Request
    arrived: float
    in_flight: int
    number: int
    sending: float = 0.0
    status: int = 0
    fault: Fault | None = None
    timer: asyncio.TimerHandle | None = None
