"""What arrives is committed in the background, soon; of a timed run when its clock has stopped."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from time import monotonic

import pytest

from tests.support.methods import EVERY_METHOD
from tui_app.demo import DemoServer
from tui_app.fetch import Event, FailedAttempt, Page, Phases, Plan, State, make_request, run
from tui_app.fetch import recorder as recorder_module
from tui_app.fetch.recorder import CommitQueue
from tui_app.redlist import make_query
from tui_app.redlist.errors import KeepError, StoreFault

each_method = pytest.mark.parametrize("method", EVERY_METHOD)
(MADAGASCAR,) = make_query(["countries/MG"]).targets


def page(number: int, size: int = 2) -> Page:
    request = make_request(number, 0, MADAGASCAR, number)
    return Page(request, 200, {}, b"x" * size, size, 1, 1, Phases())


class Gate:
    """A recorder that commits nothing before it may."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.batches: list[list[int | None]] = []

    def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
        assert self.open.wait(20)
        self.batches.append([one.request.page for one in items])

    @property
    def pages(self) -> list[int | None]:
        return [page for batch in self.batches for page in batch]


class Queue:
    """A queue before a gate, and what it tells."""

    def __init__(self, **more: bool) -> None:
        self.gate = Gate()
        self.rested = threading.Event()
        self.committed: list[int | None] = []
        self.held: list[int | None] = []
        self.failed: list[KeepError] = []
        self.queue = CommitQueue(self.gate, self.done, self.rested.set, self.failed.append, **more)

    def done(self, page: Page, state: State | None) -> None:
        if state is not None:
            (self.held if state is State.HELD else self.committed).append(page.number)

    def add(self, *numbers: int, size: int = 2) -> None:
        for number in numbers:
            self.queue.add(page(number, size))


def test_while_a_commit_is_late_no_further_request_is_sent() -> None:
    """Else a kill costs all that arrived while another program had locked the store."""
    one = Queue()
    assert not one.queue.crowded(monotonic())
    one.add(1)
    assert not one.queue.crowded(monotonic() - 1)
    assert one.queue.crowded(monotonic() + 1)
    assert one.committed == []
    one.gate.open.set()
    assert one.rested.wait(20)
    assert not one.queue.crowded(monotonic() + 1)
    one.queue.finish()
    assert one.committed == [1]


@pytest.mark.parametrize(("limit", "value"), [("MOST_WAITING", 3), ("MOST_BYTES_WAITING", 30)])
def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    """Else a slow disk fills the memory."""
    monkeypatch.setattr(recorder_module, limit, value)
    one, now = Queue(), monotonic() - 1
    one.add(1, 2, size=10)
    assert not one.queue.crowded(now)
    one.add(3, size=10)
    assert one.queue.crowded(now)
    one.gate.open.set()
    one.queue.finish()
    assert one.committed == [1, 2, 3]


def test_what_is_locked_is_not_tried_item_by_item() -> None:
    """Else 32 pages wait for a minute each; with another fault some of them may find room."""
    for fault, calls in ((StoreFault.LOCKED, [[1, 2, 3]]), (StoreFault.FULL, [[1, 2, 3], [1]])):
        one = Queue(hold=True)
        keep = one.gate.keep

        def fail(items: Sequence[Page], fault: StoreFault = fault, keep=keep) -> None:
            keep(items)
            raise KeepError("x", fault)

        one.gate.keep = fail  # type: ignore[assignment]
        one.gate.open.set()
        one.add(1, 2, 3)
        one.queue.finish()
        assert one.gate.batches == calls
        assert len(one.failed) == 1


def test_what_a_timed_run_brings_is_held_until_its_clock_has_stopped() -> None:
    """Else a comparison measures the disk."""
    one = Queue(hold=True)
    one.gate.open.set()
    one.add(1, 2, 3)
    assert not one.queue.crowded(monotonic() + 100)
    assert (one.held, one.gate.pages) == ([1, 2, 3], [])
    one.queue.finish()
    assert (one.gate.pages, one.committed) == ([1, 2, 3], [])


def test_more_than_memory_allows_is_committed_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a large list fills the memory."""
    monkeypatch.setattr(recorder_module, "MOST_BYTES_HELD", 25)
    one = Queue(hold=True)
    one.gate.open.set()
    one.add(1, 2, size=10)
    assert one.gate.pages == []
    one.add(3, 4, size=10)
    one.queue.finish()
    assert one.held == [1, 2]
    assert one.committed == [3, 4]
    assert one.gate.pages == [1, 2, 3, 4]


@each_method
def test_no_more_arrives_than_is_in_flight_while_a_page_is_late(
    demo: DemoServer, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time for a commit at all, each request waits for those before it."""
    monkeypatch.setattr(recorder_module, "LATEST_S", -1.0)
    sent, kept, most = 0, 0, 0
    lock = threading.Lock()

    def observe(event: Event) -> None:
        nonlocal sent, kept, most
        with lock:
            sent += event.state is State.STARTED
            kept += event.state is State.KEPT
            most = max(most, sent - kept)

    plan = Plan(make_query(["countries/VA"]), demo.base_url, method=method, concurrency=2)
    result = run(plan, observe)
    assert result.totals.pages == 5
    assert most <= plan.in_flight


@each_method
def test_the_clock_of_a_timed_run_stops_before_anything_is_committed(
    demo: DemoServer, method: str
) -> None:
    """Its pages count as done when they are held."""
    events: list[Event] = []
    gate, when = Gate(), []
    gate.open.set()

    class Noting:
        def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
            when.append(monotonic())
            gate.keep(items)

    plan = Plan(make_query(["countries/VA"]), demo.base_url, method=method)
    result = run(plan, events.append, recorder=Noting(), timed=True)
    assert sorted(page or 0 for page in gate.pages) == [1, 2, 3, 4, 5]
    assert result.totals.pages == 5
    assert [one.state for one in events].count(State.HELD) == 5
    assert State.KEPT not in {one.state for one in events}
    (begun,) = (one.at for one in events if one.state is State.BEGUN)
    (ended,) = (one.at for one in events if one.state is State.ENDED)
    assert ended <= min(when)
    assert result.seconds == pytest.approx(ended - begun)
