"""What bodies hold in memory at once: bounded over all workers, and nothing waits for ever."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import Send, http, number_of, pieces, scripted
from tui_app.fetch import Cancel, Cancelled, Event, FailedAttempt, Page, Plan, State, run
from tui_app.fetch import engine as engine_module
from tui_app.fetch import recorder as recorder_module
from tui_app.fetch.attempt import FREE_BYTES, LIMIT_BYTES, Memory
from tui_app.redlist import decode, make_query, validation
from tui_app.redlist.decode import inflate, unpacked_size
from tui_app.redlist.errors import KeepError, Malformed, RequestError, TooLarge

SIZE = 2 * FREE_BYTES
PAGES = 12
each_method = pytest.mark.parametrize("method", EVERY_METHOD)


def body_of(number: int) -> bytes:
    row = {"assessment_id": number, "note": "x" * (SIZE - 100)}
    return json.dumps({"assessments": [row]}).encode()


def packed(number: int) -> bytes:
    return http(gzip.compress(body_of(number)), content_encoding="gzip", total_pages=str(PAGES))


def plain(number: int) -> bytes:
    return http(body_of(number), total_pages=str(PAGES))


def in_chunks(number: int) -> Send:
    body = body_of(number)
    head = b"HTTP/1.1 200 OK\r\ntotal-pages: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % PAGES
    step = len(body) // 7
    chunks = [body[at : at + step] for at in range(0, len(body), step)]
    return pieces(head, *(b"%x\r\n%s\r\n" % (len(one), one) for one in chunks), b"0\r\n\r\n")


ANSWERS = {"packed": packed, "plain": plain, "in chunks": in_chunks}


class Watched(Memory):
    """Tells when somebody waits for room."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.waited = threading.Event()

    def try_hold(self, request: int, size: int) -> bool:
        granted = super().try_hold(request, size)
        if not granted:
            self.waited.set()
        return granted


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[Watched]]:
    """Bounds the memory of the runs that follow; gives theirs."""
    made: list[Watched] = []

    def make(limit_bytes: int, *args: object) -> Watched:
        made.append(Watched(*args, limit_bytes=limit_bytes))
        return made[-1]

    def bound(limit_bytes: int) -> list[Watched]:
        monkeypatch.setattr(engine_module, "Memory", partial(make, limit_bytes))
        return made

    return bound


class Slow:
    """A keeper that keeps nothing before somebody waits for room."""

    def __init__(self, memories: list[Watched], until: threading.Event | None = None) -> None:
        self._memories = memories
        self._until = until

    def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
        if any(isinstance(one, Page) and one.number != 1 for one in items):
            assert (self._until or self._memories[0].waited).wait(20)


def plan(base_url: str, method: str, **more: object) -> Plan:
    given: dict[str, object] = {
        "max_body_bytes": SIZE,
        "retries": 0,
        "concurrency": 6,
        "backoff_s": 0.001,
        **more,
    }
    return Plan(make_query(["countries/MG"]), base_url, method=method, **given)  # type: ignore[arg-type]


@each_method
@pytest.mark.parametrize("kind", ANSWERS)
def test_what_is_held_is_bounded(
    kind: str, method: str, memory: Callable[[int], list[Watched]]
) -> None:
    """However many are in flight: what is beyond waits until something is kept."""
    memories = memory(4 * SIZE)  # two of them, and room for one that is there twice
    unkept = most = 0

    def observe(event: Event) -> None:
        nonlocal unkept, most
        unkept += (event.state is State.DECODED) - (event.state is State.KEPT)
        most = max(most, unkept)

    many = method != "sequential"
    with scripted(lambda path, nth: ANSWERS[kind](number_of(path))) as server:
        keeper = Slow(memories) if many else None
        result = run(plan(server.base_url, method), observe, recorder=keeper)
    assert result.totals.pages == PAGES, result.totals.failures
    (held,) = memories
    assert held.peak <= 4 * SIZE
    assert held.held == 0
    assert held.waited.is_set() or not many
    assert most <= 4


@each_method
@pytest.mark.parametrize("kind", ANSWERS)
def test_one_body_always_has_room(
    kind: str, method: str, memory: Callable[[int], list[Watched]]
) -> None:
    """With no room to share at all they come one after another, and all of them come."""
    memories = memory(0)
    with scripted(lambda path, nth: ANSWERS[kind](number_of(path))) as server:
        result = run(plan(server.base_url, method))
    assert result.complete, result.totals.failures
    assert [one.body for one in result.pages] == [body_of(n) for n in range(1, PAGES + 1)]
    assert memories[0].peak <= 2 * SIZE
    assert memories[0].held == 0


@each_method
@pytest.mark.parametrize("kind", ANSWERS)
def test_a_run_stops_while_bodies_wait(
    kind: str, method: str, memory: Callable[[int], list[Watched]]
) -> None:
    """Leaving must not wait for a disk that is slow."""
    if method == "sequential":  # whose next request waits until the page is kept
        return
    memories = memory(3 * SIZE)
    cancel, release = Cancel(), threading.Event()
    states: list[State] = []
    with scripted(lambda path, nth: ANSWERS[kind](number_of(path))) as server:
        results = []
        thread = threading.Thread(
            target=lambda: results.append(
                run(
                    plan(server.base_url, method),
                    lambda event: states.append(event.state),
                    cancel,
                    Slow(memories, release),
                )
            ),
            daemon=True,
        )
        thread.start()
        while not memories:
            time.sleep(0)
        assert memories[0].waited.wait(20)
        cancel.set()
        while State.CANCELLED not in states:  # while the keeper still holds what it has
            time.sleep(0)
        release.set()
        thread.join(20)
        assert not thread.is_alive()
    assert results[0].cancelled
    assert results[0].totals.stopped is None
    assert memories[0].held == 0


@each_method
def test_what_comes_to_nothing_holds_nothing(
    method: str, memory: Callable[[int], list[Watched]]
) -> None:
    """Nor do errors hold the bodies that they came of."""
    memories = memory(4 * SIZE)

    def answer(path: str, nth: int) -> bytes:
        number, good = number_of(path), body_of(number_of(path))
        bad = {
            2: good[:-5],
            3: good[:-4] + b"\xff" + good[-3:],
            4: b"{}" + good,
            5: b" " * SIZE * 2,
        }
        return http(gzip.compress(bad.get(number, good)), content_encoding="gzip",
                    total_pages="6")  # fmt: skip

    with scripted(answer) as server:
        result = run(plan(server.base_url, method, retries=1))
    assert {one.request.page for one in result.totals.failures} == {2, 3, 4, 5}
    assert {one.error.kind for one in result.totals.failures} == {"malformed", "too-large"}
    for one in result.totals.failures:
        error = one.error
        assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)
    assert memories[0].held == 0


@each_method
def test_a_keeper_that_fails_holds_nothing(
    method: str, memory: Callable[[int], list[Watched]]
) -> None:
    memories = memory(3 * SIZE)

    class Full:
        def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
            raise KeepError("the disk is full")

    with scripted(lambda path, nth: packed(number_of(path))) as server:
        result = run(plan(server.base_url, method), recorder=Full())
    assert str(result.totals.stopped) == "the disk is full"
    assert memories[0].held == 0


# -- the account itself ------------------------------------------------------------------


def test_the_oldest_grows_whatever_the_others_hold() -> None:
    memory = Memory(10, Cancel(), limit_bytes=30)  # 10 to share
    assert memory.try_hold(1, 6)
    assert memory.try_hold(2, 4)
    assert not memory.try_hold(3, 1)
    assert not memory.try_hold(2, 5)
    assert memory.try_hold(1, 20)
    assert (memory.held, memory.peak) == (24, 24)
    memory.shrink(1, 0)
    assert memory.try_hold(2, 20)  # it is the oldest now
    memory.shrink(2, 3)
    memory.shrink(2, 9)  # which is more: nothing
    assert memory.held == 3


def test_who_waits_is_told_of_room_and_of_a_halt() -> None:
    halt = Cancel()
    memory = Memory(10, halt, limit_bytes=20)
    told: list[int] = []
    memory.on_change(lambda: told.append(memory.held))
    memory.hold(1, 5)
    memory.shrink(1, 4)
    assert told == []  # nobody waits
    assert not memory.try_hold(2, 1)
    memory.shrink(1, 0)
    assert told == [0]
    memory.hold(1, 5)
    raised: list[bool] = []

    def wait() -> None:
        try:
            memory.hold(2, 1)
        except Cancelled:
            raised.append(True)

    thread = threading.Thread(target=wait)
    thread.start()
    halt.set()
    thread.join(20)
    assert raised == [True]
    with memory.turn(), pytest.raises(Cancelled), memory.turn():
        pass


@pytest.mark.parametrize("seed", range(5))
def test_many_workers_get_through_and_never_beyond(seed: int) -> None:
    """Each takes a body in steps, as it comes, and lets it go: none waits for ever."""
    memory = Memory(100, Cancel(), limit_bytes=350)
    numbers = iter(range(60))
    lock = threading.Lock()
    done: list[int] = []

    def work(own: random.Random) -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            size = own.choice((30, 100, 200))
            for held in range(10, size + 1, 10):
                memory.hold(number, held)
            memory.shrink(number, size // 2)
            memory.shrink(number, 0)
            done.append(number)

    threads = [
        threading.Thread(target=work, args=(random.Random(seed * 100 + n),)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == list(range(60))
    assert memory.held == 0
    assert memory.peak <= 350


def test_the_limit_has_room_for_one_body_packed_and_unpacked() -> None:
    assert 2 * decode.MAX_BODY_BYTES < LIMIT_BYTES


def test_what_is_committed_together_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database copies what it is given."""
    monkeypatch.setattr(recorder_module, "MOST_BYTES_AT_ONCE", 1000)
    batches: list[list[int]] = []

    class Noting:
        def keep(self, items: Sequence[Page | FailedAttempt]) -> None:
            batches.append([len(one.body) for one in items if isinstance(one, Page)])

    def answer(path: str, nth: int) -> bytes:
        body = b'{"assessments":[{"assessment_id":1}]}'
        return http(body.ljust(500), total_pages="40")

    with scripted(answer) as server:
        run(plan(server.base_url, "asyncio"), recorder=Noting())
    assert sum(map(len, batches)) == 40
    assert max(map(sum, batches)) <= 1000


LETS_GO = """
import sys
from pathlib import Path
from tui_app.store import NewRun, PageRow, Store

def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

store = Store(Path(sys.argv[1]))
number = store.begin(NewRun("demo", "v4", "http://h", "threads", "x", ("x",), {}))
before = resident_bytes()
# What is larger than 32 MB goes back to the system when it is freed.
body = b'{"assessments":[{"assessment_id":1,"x":"%s"}]}' % (b"x" * (40 << 20))
row = PageRow(0, 1, "/x?page=1", 200, 1, None, 1, 1, body, "assessments")
store.keep(number, [(row, None)])
assert store.body(number, store.pages(number)[0]) == body
del body, row
print(resident_bytes() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux tells a process's memory")
def test_a_store_lets_go_of_what_it_kept(tmp_path: Path) -> None:
    """SQLite holds what is bound to a statement until it is bound anew."""
    command = [sys.executable, "-c", LETS_GO, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20 << 20


# -- unpacking ---------------------------------------------------------------------------


def deflated(body: bytes) -> bytes:
    return zlib.compress(body)


@pytest.mark.parametrize(
    ("body", "encoding", "told"),
    [
        (b"x" * 1000, "", 1000),
        (gzip.compress(b"x" * 1000), "gzip", 1000),
        (gzip.compress(b"x" * 1000), " GZIP ", 1000),
        (gzip.compress(b"x" * 9_000_000), "gzip", 5_000_000),
        (gzip.compress(b"x" * 9000) * 2, "gzip", 2 * len(gzip.compress(b"x" * 9000)) * 1040),
        (gzip.compress(b"x" * 9000) + b"\0" * 5000, "gzip", 5_000_000),
        (gzip.compress(b"x" * 100_000) + b"junk", "gzip", 5_000_000),
        (deflated(b"x" * 100_000_000), "deflate", 5_000_000),
        (deflated(b"x"), "deflate", 9 * 1040),
        (b"", "gzip", 0),
    ],
    ids=["plain", "gzip", "spelt", "too large", "members", "zeros", "junk", "zlib", "x", "empty"],
)
def test_how_large_a_body_may_become(body: bytes, encoding: str, told: int) -> None:
    assert unpacked_size(body, encoding, 5_000_000) == told
    with suppress(RequestError):
        assert len(inflate(body, encoding, "it", 5_000_000)) <= told


def test_a_body_is_held_to_the_size_that_it_says() -> None:
    good = gzip.compress(b"x" * 3_000_000)
    with pytest.raises(Malformed, match="larger than it says"):
        inflate(good[:-4] + (2_000_000).to_bytes(4, "little"), "gzip", "it")
    with pytest.raises(TooLarge):
        inflate(good, "gzip", "it", 2_999_999)
    assert inflate(good, "gzip", "it", 3_000_000) == b"x" * 3_000_000
    assert inflate(good + good + b"\0\0", "gzip", "it") == b"x" * 6_000_000
    assert inflate(good + b"junk", "gzip", "it") == b"x" * 3_000_000


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "PIECE_BYTES", 5)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize(
    "text",
    [b"", b"abc", "aé" * 9, "\u20ac" * 9, "\U0001f600" * 9, "x\U0001f600\u20acé" * 9],
)
@pytest.mark.parametrize("bad", [b"", b"\xff", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f\x98"])
@pytest.mark.parametrize("at", [0, 1, 7, 13, 40])
def test_utf8_is_checked_in_pieces_as_it_is_at_once(text: str | bytes, bad: bytes, at: int) -> None:
    data = text.encode() if isinstance(text, str) else text
    data = data[:at] + bad + data[at:]
    expected: int | None = None
    try:
        data.decode()
    except UnicodeDecodeError as error:
        expected = error.start
    found: int | None = None
    try:
        validation._check_utf8(data)
    except UnicodeDecodeError as error:
        found = error.start
    assert found == expected
