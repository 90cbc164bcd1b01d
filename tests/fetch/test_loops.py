"""The asyncio method on event loops of other makes, whose clocks are their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import number_of, page, scripted
from tui_app.fetch import Dispatcher, Event, MemoryRecorder, Plan, State
from tui_app.fetch.aiohttp_client import carry_asyncio
from tui_app.fetch.limiter import CLOSEST
from tui_app.redlist import make_query


class Ahead(asyncio.SelectorEventLoop):
    """Its clock shows another time than everybody's."""

    off_s = 10_000.0

    def time(self) -> float:
        return super().time() + self.off_s


class Behind(Ahead):
    off_s = -10_000.0


def of_uvloop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


LOOPS = [asyncio.new_event_loop, Ahead, Behind, *[of_uvloop] * ("uvloop" in EVERY_METHOD)]


@pytest.mark.parametrize("make_loop", LOOPS)
def test_the_pace_holds_on_every_loop(
    make_loop: Callable[[], asyncio.AbstractEventLoop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a wait on one clock ends by another: at once, again and again, or never."""
    asked = 0
    poll = Dispatcher.poll

    def counted(self: Dispatcher) -> object:
        nonlocal asked
        asked += 1
        return poll(self)

    monkeypatch.setattr(Dispatcher, "poll", counted)
    events: list[Event] = []
    with scripted(lambda path, nth: page(number_of(path), 6)) as server:
        plan = Plan(make_query(["countries/MG"]), server.base_url, rate=20.0, concurrency=2)
        dispatcher = Dispatcher(plan, MemoryRecorder(), events.append)
        carry_asyncio(dispatcher, make_loop)
        dispatcher.finish()
        assert len(server.asked) == 6
    left = [event.at for event in events if event.state is State.SENT]
    assert all(later - sooner >= CLOSEST / 20 for sooner, later in pairwise(left))
    assert asked < 2000
