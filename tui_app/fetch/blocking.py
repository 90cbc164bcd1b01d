"""The transport of the blocking methods: ``requests`` over connections that we can time and end."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from tui_app.redlist.errors import RequestError

from .attempt import Attempt
from .connections import Resolver, Sockets, Timed
from .dispatcher import Dispatcher
from .events import State
from .network import network_error, proxy_for, tls_context, too_large, too_late
from .outcome import Cancelled, Outcome, Response

CHUNK_BYTES = 1 << 18


class _Adapter(HTTPAdapter):
    """An adapter whose pools hold our connections."""

    def __init__(self, transport: BlockingTransport, size: int) -> None:
        mixed = {
            "sockets": transport.sockets,
            "resolver": transport.resolver,
            "connect_timeout_s": transport.plan.connect_timeout_s,
        }
        plain = type("TimedHTTPConnection", (Timed, HTTPConnection), mixed)
        secure = type("TimedHTTPSConnection", (Timed, HTTPSConnection), mixed)
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
        self.sockets = Sockets()
        self.resolver = Resolver(dispatcher)
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
