"""Connections that we can time and end, for the blocking methods.

urllib3 lets a pool's connection class be replaced. Ours notes when the name is resolved, the
connection stands and the request is sent; and it registers its socket, so that a cancel, or an
attempt's deadline, can shut it down while a thread hangs on it.
"""

from __future__ import annotations

import socket
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError

from .attempt import Attempt
from .dispatcher import Dispatcher
from .events import State
from .http1 import StrictResponse, watch
from .network import Address, connect, is_address, resolve


class StrictAdapter(HTTPAdapter):
    """An adapter of requests whose connections read responses strictly.

    Args:
        mixin: mixed into urllib3's connection classes.
        attributes: of those classes.
        **more: for requests' own adapter.
    """

    def __init__(
        self, mixin: type = object, attributes: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        given = {"response_class": StrictResponse, **(attributes or {})}
        mixed = () if mixin is object else (mixin,)
        plain = type("StrictHTTPConnection", (*mixed, HTTPConnection), given)
        secure = type("StrictHTTPSConnection", (*mixed, HTTPSConnection), given)
        self._pools = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        super().__init__(**more)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **more: Any
    ) -> None:
        """Make the pools, with our connections in them."""
        super().init_poolmanager(connections, maxsize, block, **more)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """The response, whose chunks are read by :class:`StrictResponse` and not by urllib3."""
        resp.chunked = False
        return super().build_response(req, resp)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Make a proxy's pools, with our connections in them."""
        manager = super().proxy_manager_for(proxy, **more)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = self._pools
        return manager


class Sockets:
    """The open sockets of a run, and the deadlines of the attempts that use them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._closed = False
        self._of_thread = threading.local()
        self._deadlines: dict[int, tuple[float, Attempt, list[socket.socket]]] = {}
        self._expired: set[Attempt] = set()
        self._watch = threading.Condition(self._lock)
        self._watcher: threading.Thread | None = None

    def add(self, sock: socket.socket) -> None:
        """Register a socket before it connects."""
        with self._lock:
            self._open.add(sock)
            closed = self._closed
        if closed:
            _shut(sock)

    def shut(self) -> None:
        """End whatever hangs on any of them, now and later."""
        with self._lock:
            self._closed = True
            sockets = list(self._open)
            self._watch.notify()
        for sock in sockets:
            _shut(sock)

    def remove(self, sock: socket.socket) -> None:
        """Forget a socket, and close it."""
        with self._lock:
            self._open.discard(sock)
        sock.close()

    def is_shut(self) -> bool:
        """Whether :meth:`shut` was called."""
        return self._closed

    def begin(self, attempt: Attempt, deadline: float) -> None:
        """This thread's attempt may use its socket until ``deadline``."""
        with self._lock:
            self._of_thread.attempt = attempt
            self._deadlines[threading.get_ident()] = (deadline, attempt, [])
            if self._watcher is None:
                self._watcher = threading.Thread(
                    target=self._keep_watch, name="deadlines", daemon=True
                )
                self._watcher.start()

    def uses(self, sock: socket.socket) -> None:
        """This thread's attempt goes over ``sock``."""
        with self._lock:
            entry = self._deadlines.get(threading.get_ident())
            if entry is not None:
                entry[2].append(sock)
            late = self.attempt in self._expired
        if late:
            _shut(sock)

    def end(self, attempt: Attempt) -> bool:
        """This thread's attempt is over; whether its deadline had passed."""
        with self._lock:
            self._deadlines.pop(threading.get_ident(), None)
            expired = attempt in self._expired
            self._expired.discard(attempt)
        self._of_thread.attempt = None
        return expired

    @property
    def attempt(self) -> Attempt | None:
        """This thread's attempt."""
        found: Attempt | None = getattr(self._of_thread, "attempt", None)
        return found

    @property
    def deadline(self) -> float:
        """When this thread's attempt has to be over; infinity where there is none."""
        with self._lock:
            entry = self._deadlines.get(threading.get_ident())
            return float("inf") if entry is None else entry[0]

    def _keep_watch(self) -> None:
        # A socket's own time-out starts anew with every byte; the deadline of an attempt doesn't.
        with self._lock:
            while not self._closed:
                now = monotonic()
                due = [key for key, entry in self._deadlines.items() if entry[0] <= now]
                for key in due:
                    _, attempt, sockets = self._deadlines.pop(key)
                    self._expired.add(attempt)
                    for sock in sockets:
                        _shut(sock)
                # Deadlines only grow (one time-out for all), so the first is slept for; a new
                # attempt is looked at within a second at the latest.
                first = min((entry[0] for entry in self._deadlines.values()), default=now + 1)
                self._watch.wait(min(1.0, max(0.0, first - now)))


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):  # not connected any more
        sock.shutdown(socket.SHUT_RDWR)


class Resolver:
    """Names resolved once a run, in a thread that can be left behind."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._halt = dispatcher.halt
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], list[Address]] = {}

    def look_up(self, host: str, port: int, timeout_s: float) -> list[Address]:
        """A host's addresses.

        Raises:
            TimeoutError: there is no answer within ``timeout_s``, or it is wanted no more.
            OSError: the name can't be resolved.
        """
        with self._lock:
            known = self._known.get((host, port))
        if known is not None:
            return known
        answer: list[list[Address] | OSError] = []
        ready = threading.Event()

        def done(found: list[Address] | OSError) -> None:
            answer.append(found)
            ready.set()

        resolve(host, port, done)
        self._halt.listen(ready.set)
        ready.wait(timeout_s)
        self._halt.forget(ready.set)
        if not answer:
            raise TimeoutError("name resolution")
        if isinstance(answer[0], OSError):
            raise answer[0]
        with self._lock:
            self._known[host, port] = answer[0]
        return answer[0]


class Timed:
    """Mixed into urllib3's connections: marks phases, registers sockets."""

    sockets: Sockets
    resolver: Resolver
    connect_timeout_s: float
    debuglevel = 0  # else who has http.client print has it print the token
    _handle: socket.socket | None = None

    def _hold(self, sock: socket.socket) -> None:
        # A second handle on the same connection: TLS takes the first one over and leaves -1.
        self._handle = sock.dup()
        self.sockets.add(self._handle)
        self.sockets.uses(self._handle)

    def _let_go(self) -> None:
        if self._handle is not None:
            self.sockets.remove(self._handle)
            self._handle = None

    def close(self) -> None:
        """Close the connection and our handle on it."""
        super().close()  # type: ignore[misc]
        self._let_go()

    def _new_conn(self) -> socket.socket:
        assert isinstance(self, HTTPConnection)
        host: str = self._dns_host
        attempt = self.sockets.attempt
        deadline = min(monotonic() + self.connect_timeout_s, self.sockets.deadline)
        try:
            addresses = self.resolver.look_up(host, self.port, deadline - monotonic())
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "name resolution took too long") from error
        if attempt is not None and not is_address(host):
            attempt.mark(State.DNS)
        problem: OSError = OSError("no address")
        for place, (family, kind, protocol, _, address) in enumerate(addresses):
            # An address that is never answered leaves time for the others.
            share_s = (deadline - monotonic()) / (len(addresses) - place)
            sock = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                self._hold(sock)
                connect(sock, address, share_s, self.sockets.is_shut)
            except OSError as error:
                self._let_go()
                sock.close()
                problem = error
                if self.sockets.is_shut():
                    break
            else:
                sock.settimeout(self.connect_timeout_s)
                return sock
        raise problem

    def connect(self) -> None:
        """Connect, TLS included, and mark it."""
        assert isinstance(self, HTTPConnection)
        super().connect()  # type: ignore[misc]
        if (attempt := self.sockets.attempt) is not None:
            attempt.mark(State.CONNECTED)
        # TLS may have tickets to read already.
        if type(self.sock) is socket.socket and watch(self.sock)():
            raise ConnectionResetError("the server spoke before it was asked")

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request's head, and mark it."""
        assert isinstance(self, HTTPConnection)
        if self.sock is not None and self._handle is not None:
            self.sockets.uses(self._handle)
        super().request(*args, **kwargs)  # type: ignore[misc]
        if (attempt := self.sockets.attempt) is not None:
            attempt.mark(State.SENT)
