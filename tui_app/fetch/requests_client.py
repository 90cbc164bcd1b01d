"""Sequential and threads: ``requests.Session``, over connections that we can time and end.

A run's session has an adapter mounted whose connections read responses strictly, note when the
name is resolved, the connection stands and the request is sent, and register their sockets, so
that a cancel, or an attempt's deadline, can shut them down while a thread hangs on them.
"""

from __future__ import annotations

import socket
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from ssl import SSLContext
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError
from urllib3.response import HTTPResponse

from tui_app.redlist.errors import RequestError

from .attempt import Attempt, Outcome, Response
from .engine import Dispatcher
from .events import Cancel, Cancelled, State
from .network import (
    Address,
    StrictResponse,
    connect_socket,
    is_address,
    is_of_the_answer,
    network_error,
    proxy_for,
    resolve,
    tls_context,
    too_large,
    too_late,
    watch,
)
from .plan import Plan

CHUNK_BYTES: Final = 1 << 18


def carry_sequential(dispatcher: Dispatcher) -> None:
    """Carry a run in the calling thread: one request after another."""
    with RequestsClient(dispatcher) as client:
        _work(dispatcher, client)


def carry_threads(dispatcher: Dispatcher) -> None:
    """Carry a run in as many threads as there may be requests in flight; they share a session."""
    size = dispatcher.plan.in_flight
    # Leaving the pool waits for its threads: a halt shuts the sockets that they hang on.
    with RequestsClient(dispatcher) as client, ThreadPoolExecutor(size, "fetch") as pool:
        workers = [pool.submit(_work, dispatcher, client) for _ in range(size)]
        try:
            for worker in workers:
                worker.result()
        except BaseException:
            dispatcher.halt.set()
            raise


def _work(dispatcher: Dispatcher, client: RequestsClient) -> None:
    """One worker: take, send, settle, until there is nothing left."""
    try:
        while (attempt := dispatcher.take()) is not None:
            dispatcher.settle(attempt, client.send(attempt))
    except BaseException:
        dispatcher.halt.set()  # a fault of our own: the other workers must not wait for us
        raise


class _Session(requests.Session):
    """A session that keeps no cookies, reads no environment, and never looks at a redirect.

    Even where redirects are not followed, requests' own reads the whole body of one.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.trust_env = False  # the environment is asked once, see proxy_for
        self.headers.clear()
        self.headers.update(plan.headers())
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        if proxy := proxy_for(plan.root):
            self.proxies = {"http": proxy, "https": proxy}

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Redirects are errors, see :func:`~tui_app.fetch.validation.status_error`."""


class RequestsClient:
    """Sends attempts with one ``requests.Session``, from one thread or from many."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._plan = plan = dispatcher.plan
        self._halt = dispatcher.halt
        self._sockets = Sockets()
        self._session = _Session(plan)
        adapter = _RunAdapter(plan, self._sockets, Resolver(self._halt))
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def __enter__(self) -> Self:
        self._halt.listen(self._sockets.shut)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._halt.forget(self._sockets.shut)
        self._sockets.shut()
        self._session.close()

    def send(self, attempt: Attempt) -> Outcome:
        """Send an attempt and read its answer, marking its phases."""
        self._sockets.begin(attempt, monotonic() + self._plan.timeout_s)
        outcome: Outcome
        fault: Exception | None = None
        try:
            outcome = self._exchange(attempt)
        except (RequestError, Cancelled) as error:
            outcome = error
        except Exception as error:
            sent = attempt.phases.was_sent
            outcome = network_error(attempt.label, error, self._plan, connected=sent)
            fault = None if is_of_the_answer(error) else error
        expired = self._sockets.end()
        if fault is not None:
            raise fault
        if isinstance(outcome, Response):
            return outcome
        if self._halt.is_set():
            return Cancelled()
        return too_late(attempt.label, self._plan.timeout_s) if expired else outcome

    def _exchange(self, attempt: Attempt) -> Response:
        with self._session.get(
            attempt.url,
            headers=attempt.headers(),
            stream=True,
            timeout=(self._plan.connect_timeout_s, self._plan.timeout_s),
            allow_redirects=False,
        ) as answer:
            raw = answer.raw
            headers = {name.lower(): text for name, text in raw.headers.items()}
            attempt.mark_headers(answer.status_code, headers)
            body = self._body(attempt, raw)
            attempt.mark(State.BODY, size_bytes=len(body))
            return Response(answer.status_code, headers, body)

    def _body(self, attempt: Attempt, raw: HTTPResponse) -> bytes:
        limit, told = self._plan.max_body_bytes, raw.length_remaining
        if told is not None:
            if told > limit:
                raise too_large(attempt.label, limit)
            attempt.hold(told)
            return raw.read(decode_content=False)
        body = BytesIO()  # grows in place: pieces that are joined would be there twice
        while piece := raw.read(CHUNK_BYTES, decode_content=False):
            attempt.hold(body.tell() + len(piece))
            body.write(piece)
            if body.tell() > limit:
                raise too_large(attempt.label, limit)
        return body.getvalue()


class StrictAdapter(HTTPAdapter):
    """An adapter of requests whose connections read responses strictly.

    Args:
        mixins: mixed into urllib3's connection classes.
        tls: for secure connections; None for requests' own context.
        **more: for requests' own adapter.
    """

    def __init__(self, *mixins: type, tls: SSLContext | None = None, **more: Any) -> None:
        given = {"response_class": StrictResponse}
        plain = type("StrictHTTPConnection", (*mixins, HTTPConnection), given)
        secure = type("StrictHTTPSConnection", (*mixins, HTTPSConnection), given)
        self._pools = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        self._tls: dict[str, Any] = {} if tls is None else {"ssl_context": tls}
        super().__init__(**more)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **more: Any
    ) -> None:
        """Make the pools, with our connections in them."""
        super().init_poolmanager(connections, maxsize, block, **more, **self._tls)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Make a proxy's pools, with our connections in them."""
        manager = super().proxy_manager_for(proxy, **more, **self._tls)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = self._pools
        return manager

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """The response, whose chunks are read by :class:`StrictResponse` and not by urllib3."""
        resp.chunked = False
        return super().build_response(req, resp)


class _RunAdapter(StrictAdapter):
    """A run's adapter, whose connections mark phases. All of its requests go to one server."""

    def __init__(self, plan: Plan, sockets: Sockets, resolver: Resolver) -> None:
        own = {
            "sockets": sockets,
            "resolver": resolver,
            "connect_timeout_s": plan.connect_timeout_s,
        }
        timed = type("RunTimed", (Timed,), own)
        base = urlsplit(plan.root)
        self._sockets = sockets
        self._origin = f"{base.scheme}://{base.netloc}"
        self._pool: HTTPConnectionPool | None = None
        tls = tls_context() if base.scheme == "https" else None
        super().__init__(timed, tls=tls, pool_connections=1, pool_maxsize=plan.in_flight)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave certificates to our context: requests would add its own to those it trusts."""
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = conn.ca_cert_dir = None

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        """The pool of the run's server."""
        if self._pool is None:
            found: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
            self._pool = found
        assert self._pool is not None
        return self._pool

    def close(self) -> None:
        """Close the pools, the one that was found as well: urllib3 leaves that to the collector."""
        super().close()
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def request_url(self, request: Any, proxies: Any) -> str:
        """A path and query, as written: quoted anew, methods would send different bytes.

        To a proxy without TLS the whole URL is sent.
        """
        url = self._sockets.attempt.url
        whole = proxies and self._origin.startswith("http:")
        return url if whole else url.removeprefix(self._origin) or "/"


@dataclass(slots=True)
class _Use:
    """An attempt, the sockets that it goes over, and when it has to be over."""

    attempt: Attempt
    deadline: float
    sockets: list[socket.socket] = field(default_factory=list)
    expired: bool = False


class Sockets:
    """The open sockets of a run, and by thread the attempts that use them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._closed = False
        self._uses: dict[int, _Use] = {}
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
            self._uses[threading.get_ident()] = _Use(attempt, deadline)
            if self._watcher is None:
                self._watcher = threading.Thread(
                    target=self._keep_watch, name="deadlines", daemon=True
                )
                self._watcher.start()

    def uses(self, sock: socket.socket) -> None:
        """This thread's attempt goes over ``sock``."""
        with self._lock:
            use = self._uses[threading.get_ident()]
            use.sockets.append(sock)
        if use.expired:
            _shut(sock)

    def end(self) -> bool:
        """This thread's attempt is over; whether its deadline had passed."""
        with self._lock:
            return self._uses.pop(threading.get_ident()).expired

    @property
    def attempt(self) -> Attempt:
        """This thread's attempt."""
        return self._uses[threading.get_ident()].attempt

    @property
    def deadline(self) -> float:
        """When this thread's attempt has to be over."""
        return self._uses[threading.get_ident()].deadline

    def _keep_watch(self) -> None:
        # A socket's own time-out starts anew with every byte; the deadline of an attempt doesn't.
        with self._lock:
            while not self._closed:
                now = monotonic()
                waiting = [use for use in self._uses.values() if not use.expired]
                for use in waiting:
                    if use.deadline <= now:
                        use.expired = True
                        for sock in use.sockets:
                            _shut(sock)
                # Deadlines only grow (one time-out for all), so the first is slept for; a new
                # attempt is looked at within a second at the latest.
                first = min((use.deadline for use in waiting if not use.expired), default=now + 1)
                self._watch.wait(min(1.0, max(0.0, first - now)))


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):  # not connected any more
        sock.shutdown(socket.SHUT_RDWR)


class Resolver:
    """Names resolved once a run, in a thread that can be left behind."""

    def __init__(self, halt: Cancel) -> None:
        self._halt = halt
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
        deadline = min(monotonic() + self.connect_timeout_s, self.sockets.deadline)
        try:
            addresses = self.resolver.look_up(host, self.port, deadline - monotonic())
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "name resolution took too long") from error
        if not is_address(host):
            self.sockets.attempt.mark(State.DNS)
        problem: OSError = OSError("no address")
        for place, (family, kind, protocol, _, address) in enumerate(addresses):
            # An address that is never answered leaves time for the others.
            share_s = (deadline - monotonic()) / (len(addresses) - place)
            sock = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                self._hold(sock)
                connect_socket(sock, address, share_s, self.sockets.is_shut)
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
        self.sockets.attempt.mark(State.CONNECTED)
        # TLS may have tickets to read already.
        if type(self.sock) is socket.socket and watch(self.sock)():
            raise ConnectionResetError("the server spoke before it was asked")

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request's head, and mark it."""
        assert isinstance(self, HTTPConnection)
        if self.sock is not None and self._handle is not None:
            self.sockets.uses(self._handle)
        super().request(*args, **kwargs)  # type: ignore[misc]
        self.sockets.attempt.mark(State.SENT)
