"""Sequential and threads: ``requests.Session``, over connections that we can time and end.

A run's session has an adapter mounted whose connections read responses strictly, note when the
name is resolved, the connection stands and the request is sent, and register their sockets, so
that a cancel, or an attempt's deadline, can shut them down while a thread hangs on them.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from ssl import SSLContext
from time import monotonic
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse

from tui_app.redlist.errors import RequestError
from tui_app.redlist.redaction import redact
from tui_app.redlist.validation import TOKEN_NOT_VALID

from .attempt import Attempt, Outcome, Response
from .engine import Dispatcher
from .events import Cancelled, State
from .network import (
    Address,
    StrictResponse,
    is_address,
    proxy_for,
    resolve,
    sending_error,
    tls_context,
    too_late,
    watch,
)
from .plan import USER_AGENT, Plan

CHUNK_BYTES: Final = 1 << 18

URL_TIMEOUT_S: Final = (10.0, 60.0)
"""Of one URL, seconds to connect, and between two bytes."""

STATUS_HELP: Final = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/"


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


@dataclass(slots=True)
class _Use:
    """An attempt, the sockets that it goes over, and when it has to be over."""

    attempt: Attempt
    deadline: float
    sockets: list[socket.socket] = field(default_factory=list)
    expired: bool = False

    def shut(self) -> None:
        """End whatever hangs on its sockets."""
        for sock in self.sockets:
            with suppress(OSError):  # not connected any more
                sock.shutdown(socket.SHUT_RDWR)


class RequestsClient:
    """Sends attempts with one ``requests.Session``, from one thread or from many."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.plan = dispatcher.plan
        self.closed = False  # whether nothing may be sent any more
        self._halt = dispatcher.halt
        self._changed = threading.Condition()
        self._uses: dict[int, _Use] = {}  # by thread
        self._addresses: dict[tuple[str, int], list[Address]] = {}  # resolved once a run
        self._session = _Session(self.plan)
        adapter = _RunAdapter(self)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def __enter__(self) -> Self:
        self._halt.listen(self._shut)
        threading.Thread(target=self._keep_deadlines, name="deadlines", daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._halt.forget(self._shut)
        self._shut()
        self._session.close()

    def send(self, attempt: Attempt) -> Outcome:
        """Send an attempt and read its answer, marking its phases."""
        use = _Use(attempt, monotonic() + self.plan.timeout_s)
        with self._changed:
            self._uses[threading.get_ident()] = use
        outcome: Outcome
        try:
            outcome = self._exchange(attempt)
        except (RequestError, Cancelled) as error:
            outcome = error
        except Exception as error:
            outcome = sending_error(attempt, error, self.plan)
        finally:
            with self._changed:
                del self._uses[threading.get_ident()]
        if isinstance(outcome, Response):
            return outcome
        if self._halt.is_set():
            return Cancelled()
        return too_late(attempt.label, self.plan.timeout_s) if use.expired else outcome

    @property
    def use(self) -> _Use:
        """This thread's."""
        return self._uses[threading.get_ident()]

    def go_over(self, sock: socket.socket) -> None:
        """This thread's attempt goes over ``sock``, from before it connects."""
        use = self.use
        with self._changed:
            use.sockets.append(sock)
            if self.closed or use.expired:
                use.shut()

    def look_up(self, host: str, port: int, timeout_s: float) -> list[Address]:
        """A host's addresses; TimeoutError also where they are wanted no more."""
        if (host, port) not in self._addresses:
            answer = resolve(host, port)
            self._halt.listen(answer.cancel)
            try:
                self._addresses[host, port] = answer.result(timeout_s)
            except CancelledError:
                raise TimeoutError("name resolution") from None
            finally:
                self._halt.forget(answer.cancel)
        return self._addresses[host, port]

    def _shut(self) -> None:
        """End whatever hangs on any socket, now and later."""
        with self._changed:
            self.closed = True
            for use in self._uses.values():
                use.shut()
            self._changed.notify()

    def _keep_deadlines(self) -> None:
        # A socket's own time-out starts anew with every byte; the deadline of an attempt doesn't.
        with self._changed:
            while not self.closed:
                now = monotonic()
                for use in self._uses.values():
                    if use.deadline <= now and not use.expired:
                        use.expired = True
                        use.shut()
                # The first deadline is slept for; a new attempt is looked at before its own.
                left = [use.deadline - now for use in self._uses.values() if not use.expired]
                self._changed.wait(min([1.0, self.plan.timeout_s / 10, *left]))

    def _exchange(self, attempt: Attempt) -> Response:
        with self._session.get(
            attempt.url,
            headers=attempt.headers(),
            stream=True,
            timeout=(self.plan.connect_timeout_s, self.plan.timeout_s),
            allow_redirects=False,
        ) as answer:
            raw = answer.raw
            headers = {name.lower(): text for name, text in raw.headers.items()}
            attempt.mark_headers(answer.status_code, headers)
            return attempt.answered(answer.status_code, headers, self._body(attempt, raw))

    def _body(self, attempt: Attempt, raw: HTTPResponse) -> bytes:
        told = raw.length_remaining
        if told is not None:
            attempt.check_size(told)
            attempt.hold(told)
            return raw.read(decode_content=False)
        body = BytesIO()  # grows in place: pieces that are joined would be there twice
        while piece := raw.read(CHUNK_BYTES, decode_content=False):
            size = body.tell() + len(piece)
            attempt.check_size(size)
            attempt.hold(size)
            body.write(piece)
        return body.getvalue()


class StrictAdapter(HTTPAdapter):
    """An adapter of requests whose connections read responses strictly.

    ``mixins`` are mixed into urllib3's connection classes; ``tls`` replaces requests' own context.
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

    def __init__(self, client: RequestsClient) -> None:
        base = urlsplit(client.plan.root)
        self._client = client
        self._origin = f"{base.scheme}://{base.netloc}"
        self._pool: Any = None
        super().__init__(
            type("RunTimed", (Timed,), {"client": client}),
            tls=tls_context() if base.scheme == "https" else None,
            pool_connections=1,
            pool_maxsize=client.plan.in_flight,
        )

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave certificates to our context: requests would add its own to those it trusts."""
        conn.cert_reqs = "CERT_REQUIRED"
        conn.ca_certs = conn.ca_cert_dir = None

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """The pool of the run's server, looked up for each request as requests does."""
        self._pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return self._pool

    def close(self) -> None:
        """Close the pools, the one that was found as well: urllib3 leaves that to the collector."""
        super().close()
        if self._pool is not None:
            self._pool.close()

    def request_url(self, request: Any, proxies: Any) -> str:
        """A path and query, as written: quoted anew, methods would send different bytes.

        To a proxy without TLS the whole URL is sent.
        """
        url = self._client.use.attempt.url
        whole = proxies and self._origin.startswith("http:")
        return url if whole else url.removeprefix(self._origin) or "/"


def _connect(sock: socket.socket, address: Any, timeout_s: float, client: RequestsClient) -> None:
    """Connect a socket; looks up every tenth of a second to see whether it is still wanted.

    Shutting a socket down ends what hangs on it, but not a connect that is about to begin.
    """
    sock.setblocking(False)
    code = sock.connect_ex(address)
    deadline = monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while code in (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY):
            left_s = deadline - monotonic()
            if left_s <= 0:
                raise TimeoutError("connect")
            if selector.select(min(0.1, left_s)):
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if client.closed:
                code = errno.ECONNABORTED
    if code:
        raise OSError(code, os.strerror(code))
    sock.settimeout(client.plan.connect_timeout_s)


class Timed:
    """Mixed into urllib3's connections: marks phases, registers sockets."""

    client: RequestsClient
    debuglevel = 0  # else who has http.client print has it print the token
    _handle: socket.socket | None = None

    def _let_go(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def close(self) -> None:
        """Close the connection and our handle on it."""
        super().close()  # type: ignore[misc]
        self._let_go()

    def _new_conn(self) -> socket.socket:
        assert isinstance(self, HTTPConnection)
        client, use = self.client, self.client.use
        deadline = min(monotonic() + client.plan.connect_timeout_s, use.deadline)
        host: str = self._dns_host
        addresses = client.look_up(host, self.port, deadline - monotonic())
        if not is_address(host):
            use.attempt.mark(State.DNS)
        problem = OSError("no address")
        for place, (family, kind, protocol, _, address) in enumerate(addresses):
            # An address that is never answered leaves time for the others.
            share_s = (deadline - monotonic()) / (len(addresses) - place)
            sock = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                # A second handle on the connection: TLS takes the first one over and leaves -1.
                self._handle = sock.dup()
                client.go_over(self._handle)
                _connect(sock, address, share_s, client)
            except OSError as error:
                self._let_go()
                sock.close()
                problem = error
                if client.closed:
                    break
            else:
                return sock
        raise problem

    def connect(self) -> None:
        """Connect, TLS included, and mark it."""
        assert isinstance(self, HTTPConnection)
        super().connect()  # type: ignore[misc]
        self.client.use.attempt.mark(State.CONNECTED)
        # TLS may have tickets to read already.
        if type(self.sock) is socket.socket and watch(self.sock)():
            raise ConnectionResetError("the server sent data before the request")

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request's head, and mark it."""
        assert isinstance(self, HTTPConnection)
        if self.sock is not None and self._handle is not None:
            self.client.go_over(self._handle)
        super().request(*args, **kwargs)  # type: ignore[misc]
        self.client.use.attempt.mark(State.SENT)


def get_url_response(url: str) -> requests.Response:
    """Ask for one URL; the messages of errors are the notebook's, with tokens redacted.

    Raises:
        requests.exceptions.HTTPError: v3 says ``Token not valid!``, or any status but 200.
        requests.exceptions.ConnectionError: no connection could be made.
        requests.exceptions.RequestException: anything else that went wrong on the way.
    """
    failure: requests.exceptions.RequestException | None = None
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, StrictAdapter())
            own = {"User-Agent": USER_AGENT}
            response = session.get(url, headers=own, timeout=URL_TIMEOUT_S, allow_redirects=False)
    except Exception as error:  # whatever a library raises for an answer
        where, why = redact(url), redact(str(error))
        words = f"An error occurred while making the request: {why}"
        failure = requests.exceptions.RequestException(words)
        if isinstance(error, requests.exceptions.ConnectionError):
            words = f"Connection Error. Error connecting to server url:{where}."
            failure = requests.exceptions.ConnectionError(f"{words} Following error raised: {why}")
    url = redact(url)  # crash reports show a function's variables
    if failure is not None:
        raise failure  # out here, where no context with the URL hangs on it
    if response.status_code != 200:
        raise requests.exceptions.HTTPError(
            f"HTTPError. Request failed with response status: {response.status_code}, see the "
            f"following link for more detail on this status: {STATUS_HELP}{response.status_code}"
        )
    # The message is 30 bytes; a page of 3 MB need not be parsed to see that it isn't one.
    with suppress(ValueError, RecursionError):
        said = response.json() if len(response.content) < 1000 else None
        if isinstance(said, dict) and said.get("message") == TOKEN_NOT_VALID:
            raise requests.exceptions.HTTPError(TOKEN_NOT_VALID)
    return response
