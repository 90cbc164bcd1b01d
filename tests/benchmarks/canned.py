"""A server for benchmarks: canned pages, all different, as fast as Python can send them.

    python tests/benchmarks/canned.py [--delay 0.1] [--kilobytes 20] [--rows 100] [--pages 40]

In a process of its own (:func:`serving`). It does next to nothing for an answer, so that what is
timed is the client: the demo server makes its pages up, and keeps a log.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

END = b"\r\n\r\n"


def v4_template(rows: int, size: int) -> tuple[bytes, bytes]:
    """What stands before and behind the page's number in a page of ``rows`` rows."""
    one = {
        "year_published": "2024",
        "latest": True,
        "sis_taxon_id": 100_001,
        "url": "https://www.iucnredlist.org/species/100001/100002",
        "assessment_id": 100_002,
        "scopes": [{"description": {"en": "Global"}, "code": "1"}],
        "taxon_scientific_name": "",
    }
    room = size // rows - len(json.dumps(one, separators=(",", ":"))) - 1
    one["taxon_scientific_name"] = "x" * max(0, room)
    listed = json.dumps([one] * rows, separators=(",", ":"))
    after = f'","red_list_category":{{"code":"CR"}},"assessments":{listed}}}'
    return b'{"page":"', after.encode()


def v3_template(rows: int, size: int) -> tuple[bytes, bytes]:
    """The same of the retired API."""
    one = {
        "taxonid": 1,
        "kingdom_name": "ANIMALIA",
        "phylum_name": "CHORDATA",
        "scientific_name": "Invented name",
        "category": "LC",
        "main_common_name": "",
    }
    room = size // rows - len(json.dumps(one, separators=(",", ":"))) - 1
    one["main_common_name"] = "x" * max(0, room)
    listed = json.dumps([one] * rows, separators=(",", ":"))
    return b'{"region":"', f'","count":{rows},"result":{listed}}}'.encode()


class Alarm:
    """Calls at a time to a tenth of a millisecond: an event loop's own timers wait for whole ones.

    One in a hundred of what is measured, and none of the client's doing.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._changed = threading.Condition()
        self._count = 0
        threading.Thread(target=self._ring, daemon=True).start()

    def call_at(self, when: float, call: Callable[[], None]) -> None:
        """Call on the loop at ``when`` on its clock."""
        with self._changed:
            self._count += 1
            heapq.heappush(self._due, (when, self._count, call))
            self._changed.notify()

    def _ring(self) -> None:
        with self._changed:
            while True:
                left = self._due[0][0] - self._loop.time() if self._due else None
                if left is not None and left <= 0:
                    self._loop.call_soon_threadsafe(heapq.heappop(self._due)[2])
                else:
                    self._changed.wait(left)


class Canned(asyncio.Protocol):
    """One connection."""

    def __init__(
        self, given: argparse.Namespace, template: tuple[bytes, bytes], alarm: Alarm
    ) -> None:
        self._alarm = alarm
        self._delay = given.delay
        self._pages = given.pages
        self._template = template
        self._size = sum(map(len, template)) + 8
        self._received = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while END in self._received:
            head, _, self._received = self._received.partition(END)
            target = head.split(b" ", 2)[1]
            if self._delay:
                at = self._loop.time() + self._delay
                self._alarm.call_at(at, partial(self._answer, target))
            else:
                self._answer(target)

    def _answer(self, target: bytes) -> None:
        v3 = b"/v3/" in target
        digits = target.rpartition(b"/")[2] if v3 else target.rpartition(b"page=")[2]
        number = int(digits) if digits.isdigit() else 1
        before, after = self._template
        if v3 and number >= self._pages:
            before, after = b'{"region":"', b'","count":0,"result":[]}'
        body = b"%s%08d%s" % (before, number, after)
        told = "" if v3 else f"total-pages: {self._pages}\r\ntotal-count: {self._pages * 100}\r\n"
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{told}"
        self._transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)


async def serve(given: argparse.Namespace) -> None:
    """Until standard input ends."""
    make = v3_template if given.v3 else v4_template
    template = make(given.rows, given.kilobytes * 1000)
    loop = asyncio.get_running_loop()
    alarm = Alarm()
    server = await loop.create_server(
        lambda: Canned(given, template, alarm), "127.0.0.1", 0, backlog=512
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def serving(
    *, delay: float = 0.0, kilobytes: int = 20, rows: int = 100, pages: int = 40, v3: bool = False
) -> Iterator[str]:
    """A server in a process of its own; gives its root."""
    options = [f"--delay={delay}", f"--kilobytes={kilobytes}", f"--rows={rows}", f"--pages={pages}"]
    process = subprocess.Popen(
        [sys.executable, __file__, *options, *(["--v3"] if v3 else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--delay", type=float, default=0.0, help="seconds an answer takes")
    parser.add_argument("--kilobytes", type=int, default=20, help="of a page")
    parser.add_argument("--rows", type=int, default=100, help="of a page")
    parser.add_argument("--pages", type=int, default=40, help="that there are")
    parser.add_argument("--v3", action="store_true", help="pages as the retired API has them")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
