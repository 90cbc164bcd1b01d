"""A server whose every answer a test writes, byte for byte."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

HANG = None
"""An answer that never comes."""

Send = Callable[[socket.socket], object]
"""Sends what it pleases over a connection; gives whether that can be used again."""

Answer = Callable[[str, int], bytes | Send | None]
"""Gives what to send for a path, asked for the nth time (from 1): bytes with a Content-Length, or
what sends something else."""


def http(body: bytes = b"", status: int = 200, length: int | None = None, **headers: str) -> bytes:
    """An HTTP answer; ``length`` in place of the true Content-Length."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def pieces(*parts: bytes, closes: bool = False) -> Send:
    """Sends bytes as they are, each part by itself."""

    def send(sock: socket.socket) -> bool:
        for part in parts:
            sock.sendall(part)
        return not closes

    return send


def page(number: int, of: int, rows: int = 2) -> bytes:
    """A good v4 page of a list with ``of`` pages."""
    assessments = [{"assessment_id": number * 1000 + row} for row in range(rows)]
    return http(json.dumps({"assessments": assessments}).encode(), total_pages=str(of))


def names(count: int) -> list[str]:
    """Different names of species, none of which anybody has heard of."""
    letters = "abcdefghij"
    parts = (f"{a}{b}{c}" for a in letters for b in letters for c in letters)
    return [f"Genus{part} {part}ensis" for part in islice(parts, count)]


def taxon(path: str) -> bytes:
    """A good answer to a question for a name: that taxon, without an assessment; else a 404."""
    given = parse_qs(urlsplit(path).query)
    if "genus_name" not in given:
        return http(status=404)
    name = f"{given['genus_name'][0]} {given['species_name'][0]}"
    body = {"taxon": {"sis_id": 1, "scientific_name": name}, "assessments": []}
    return http(json.dumps(body).encode())


def number_of(path: str) -> int:
    """The page that a path asks for."""
    return int(path.partition("page=")[2].partition("&")[0] or 1)


class Scripted:
    """What a scripted server saw.

    Attributes:
        base_url: where it listens.
        asked: paths in order of arrival, with the time of each on the monotonic clock.
        heads: the requests' heads as they came.
        over: over which connection each came, numbered from 0.
        greeted: connections that were told what ``greeting`` gives for their number.

    Args:
        answer: to requests.
        greeting: what is sent over a connection before anything is asked.
        tls: makes it a server of https.
    """

    def __init__(
        self,
        answer: Answer,
        greeting: Callable[[int], bytes] = lambda connection: b"",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._answer, self._greeting, self._tls = answer, greeting, tls
        self._lock = threading.Lock()
        self._count: Counter[str] = Counter()
        self.asked: list[tuple[float, str]] = []
        self.heads: list[str] = []
        self.over: list[int] = []
        self.greeted = 0
        self.changed = threading.Condition(self._lock)
        self._sockets: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        scheme = "http" if tls is None else "https"
        self.base_url = f"{scheme}://127.0.0.1:{self._server.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def wait_for(self, requests: int, timeout_s: float = 20) -> None:
        """Wait until so many requests have arrived."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.asked) >= requests, timeout_s)

    def wait_for_greetings(self, connections: int, timeout_s: float = 20) -> None:
        """Wait until so many connections were greeted."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.greeted >= connections, timeout_s)

    def say(self, data: bytes) -> None:
        """Send what nobody asked for, over each open connection."""
        with self._lock:
            sockets = list(self._sockets)
        for sock in sockets:
            with suppress(OSError):
                sock.sendall(data)

    def close(self) -> None:
        """End all connections and threads."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        with self._lock:
            sockets = list(self._sockets)
        for sock in sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            with self._lock:
                number = len(self._sockets)
                self._sockets.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock, number), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        with sock, suppress(OSError):
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            sock.sendall(self._greeting(number))
            with self.changed:
                self.greeted += 1
                self.changed.notify_all()
            waiting = b""
            while True:
                while b"\r\n\r\n" not in waiting:
                    got = sock.recv(65536)
                    if not got:
                        return
                    waiting += got
                head, _, waiting = waiting.partition(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode()
                with self.changed:
                    self.asked.append((monotonic(), path))
                    self.heads.append(head.decode())
                    self.over.append(number)
                    self._count[path] += 1
                    count = self._count[path]
                    self.changed.notify_all()
                answer = self._answer(path, count)
                if answer is HANG:
                    sock.recv(1)  # until the client gives up
                    return
                if not isinstance(answer, bytes):
                    if not answer(sock):
                        return
                    continue
                sock.sendall(answer)
                length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r")[0] or 0)
                if len(answer.partition(b"\r\n\r\n")[2]) < length or not answer:
                    return  # cut off


@contextmanager
def scripted(answer: Answer, **more: Any) -> Iterator[Scripted]:
    """A server that gives ``answer(path, nth)``; what more there is, :class:`Scripted` takes."""
    server = Scripted(answer, **more)
    try:
        yield server
    finally:
        server.close()
