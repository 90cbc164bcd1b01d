"""A server on loopback that spoils answers."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .faults import Fault, answer

PAGES = 12
ROWS = 5


def right_body(page: int) -> bytes:
    """The body of a page, as it should be."""
    rows = [{"assessment_id": page * 100 + row, "note": "x" * 40} for row in range(ROWS)]
    return json.dumps({"assessments": rows}).encode()


class FaultyServer:
    """Answers a list of so many pages, and spoils every ``every``-th answer.

    Attributes:
        base_url: where it listens.
        asked: pages in order of arrival.
        heads: heads of the requests.
    """

    def __init__(self, fault: Fault, every: int, pages: int = PAGES) -> None:
        self._pages = pages
        self._mended = False
        self._fault, self._every = fault, every
        self._lock = threading.Lock()
        self.asked: list[int] = []
        self.heads: list[str] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._sockets.append(sock)
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with sock, suppress(OSError):
            waiting = b""
            while True:
                while b"\r\n\r\n" not in waiting:
                    got = sock.recv(65536)
                    if not got:
                        return
                    waiting += got
                head, _, waiting = waiting.partition(b"\r\n\r\n")
                target = head.split(b" ", 2)[1].decode()
                page = int(target.partition("page=")[2].partition("&")[0] or 1)
                with self._lock:
                    self.asked.append(page)
                    self.heads.append(head.decode())
                    spoil = not self._mended and len(self.asked) % self._every == 0
                body = right_body(page)
                if spoil:
                    if self._fault.serve(sock, body) is not True:
                        return
                    continue
                pages = self._pages
                sock.sendall(answer(body, total_pages=str(pages), total_count=str(pages * ROWS)))

    def mend(self) -> None:
        """Spoil nothing from now on."""
        with self._lock:
            self._mended = True

    def close(self) -> None:
        """End all connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join()


@contextmanager
def faulty(fault: Fault, every: int = 1) -> Iterator[FaultyServer]:
    """A server that spoils every ``every``-th answer."""
    server = FaultyServer(fault, every)
    try:
        yield server
    finally:
        server.close()
