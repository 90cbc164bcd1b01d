"""Blocking work, awaited by the screen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Await blocking work in a thread of its own.

    A daemon, unlike Textual's thread workers: one that hangs in the network can't keep the
    program from ending.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # who awaits may be cancelled, the work can't

    def body() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # handed on to whoever awaits
            future.set_exception(error)

    threading.Thread(target=body, name="iucn-tui job", daemon=True).start()
    return await asyncio.wrap_future(future)
