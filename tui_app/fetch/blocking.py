"""The transport of the blocking methods: ``requests`` over connections that we can time and end.

urllib3 lets a pool's connection class be replaced. Ours notes when the name is resolved, the
connection stands, the request is sent and the headers are here; and it registers its socket,
so that a cancel, or an attempt's deadline, can shut it down while a thread hangs on it.
"""

from __future__ import annotations

import socket
import threading
import weakref
from contextlib import suppress
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError

from tui_app.redlist.errors import RequestError

from .attempt import Attempt
from .dispatcher import Dispatcher
from .events import State
from .network import (
    Address,
    connect,
    is_address,
    network_error,
    proxy_for,
    resolve,
    tls_context,
    too_large,
    too_late,
)
from .outcome import Cancelled, Outcome, Response

CHUNK_BYTES = 1 << 18


class _Sockets:
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


class _Resolver:
    """Names resolved once a run, in a thread that can be left behind."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._halt = dispatcher.halt
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], list[Address]] = {}

    def look_up(self, host: str, port: int, timeout_s: float) -> list[Address]:
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


class _Timed:
    """Mixed into urllib3's connections: marks phases, registers sockets."""

    sockets: _Sockets
    resolver: _Resolver
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
        super().connect()  # type: ignore[misc]
        if (attempt := self.sockets.attempt) is not None:
            attempt.mark(State.CONNECTED)

    def request(self, *args: Any, **kwargs: Any) -> None:
        assert isinstance(self, HTTPConnection)
        if self.sock is not None and self._handle is not None:
            self.sockets.uses(self._handle)
        super().request(*args, **kwargs)  # type: ignore[misc]
        if (attempt := self.sockets.attempt) is not None:
            attempt.mark(State.SENT)


class _Adapter(HTTPAdapter):
    """An adapter whose pools hold our connections."""

    def __init__(self, transport: BlockingTransport, size: int) -> None:
        mixed = {
            "sockets": transport.sockets,
            "resolver": transport.resolver,
            "connect_timeout_s": transport.plan.connect_timeout_s,
        }
        plain = type("TimedHTTPConnection", (_Timed, HTTPConnection), mixed)
        secure = type("TimedHTTPSConnection", (_Timed, HTTPSConnection), mixed)
        self._pools = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        secure_server = transport.plan.base_url.startswith("https:")
        self._tls: dict[str, Any] = {"ssl_context": tls_context()} if secure_server else {}
        super().__init__(pool_connections=1, pool_maxsize=size, max_retries=0)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave certificates to our context: requests would add its own to those it trusts."""
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = conn.ca_cert_dir = None

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **kwargs: Any
    ) -> None:
        """Make the pools, with our connections in them."""
        super().init_poolmanager(connections, maxsize, block, **kwargs, **self._tls)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make a proxy's pools, with our connections in them."""
        manager = super().proxy_manager_for(proxy, **kwargs, **self._tls)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _Session(requests.Session):
    """A session that doesn't look where redirects lead: requests would read their whole body."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class BlockingTransport:
    """Sends attempts with one ``requests.Session``, from one thread or from many.

    Args:
        dispatcher: whose plan says how, and whose halt ends what hangs.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.plan = dispatcher.plan
        self.sockets = _Sockets()
        self.resolver = _Resolver(dispatcher)
        self._halt = dispatcher.halt
        self._session = _Session()
        self._session.trust_env = False  # the environment is asked once, see proxy_for
        self._session.headers.clear()
        self._session.headers.update(self.plan.headers())
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        proxy = proxy_for(self.plan.base_url)
        if proxy:
            self._session.proxies = {"http": proxy, "https": proxy}
        # Prepared once: the URL alone differs, and requests spends 0.4 ms on preparing.
        base = requests.Request("GET", self.plan.base_url)
        self._prepared = self._session.prepare_request(base)
        adapter = _Adapter(self, self.plan.in_flight)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def __enter__(self) -> Self:
        self._halt.listen(self.sockets.shut)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._halt.forget(self.sockets.shut)
        self.sockets.shut()
        self._session.close()

    def send(self, attempt: Attempt) -> Outcome:
        """Send an attempt and read its answer, marking its phases."""
        self.sockets.begin(attempt, monotonic() + self.plan.timeout_s)
        outcome: Outcome
        fault: AttributeError | None = None
        try:
            outcome = self._exchange(attempt)
        except RequestError as error:
            outcome = error
        except (requests.RequestException, HTTPError, OSError, AttributeError) as error:
            # AttributeError: urllib3 reading from a socket that was shut while it connected.
            sent = attempt.phases.was_sent
            outcome = network_error(attempt.label, error, self.plan, connected=sent)
            fault = error if isinstance(error, AttributeError) else None
        expired = self.sockets.end(attempt)
        if isinstance(outcome, Response):
            return outcome
        if self._halt.is_set():
            return Cancelled()
        if expired:
            return too_late(attempt.label, self.plan.timeout_s)
        if fault is not None:
            raise fault
        return outcome

    def _exchange(self, attempt: Attempt) -> Response:
        request = self._prepared.copy()
        request.url = attempt.url
        request.headers.update(attempt.headers())
        with self._session.send(
            request,
            timeout=(self.plan.connect_timeout_s, self.plan.timeout_s),
            allow_redirects=False,
            stream=True,
            proxies=self._session.proxies,
        ) as answer:
            headers = {name.lower(): text for name, text in answer.raw.headers.items()}
            attempt.mark_headers(answer.status_code, headers)
            chunks: list[bytes] = []
            size = 0
            while chunk := answer.raw.read(CHUNK_BYTES, decode_content=False):
                chunks.append(chunk)
                size += len(chunk)
                if size > self.plan.max_body_bytes:
                    raise too_large(attempt.label, self.plan.max_body_bytes)
            body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            attempt.mark(State.BODY, size_bytes=size)
            return Response(answer.status_code, headers, body)


def work(dispatcher: Dispatcher, transport: BlockingTransport) -> None:
    """One worker: take, send, settle, until there is nothing left."""
    try:
        while (attempt := dispatcher.take()) is not None:
            dispatcher.settle(attempt, transport.send(attempt))
    except BaseException:
        dispatcher.halt.set()  # a fault of our own: the other workers must not wait for us
        raise
