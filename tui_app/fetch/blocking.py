"""The transport of the blocking methods: ``requests`` over connections that we can time and end."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from time import monotonic
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.response import HTTPResponse
from urllib3.util import Timeout

from tui_app.redlist.errors import RequestError

from .attempt import Attempt
from .connections import Resolver, Sockets, StrictAdapter, Timed
from .dispatcher import Dispatcher
from .events import State
from .network import (
    is_of_the_answer,
    network_error,
    proxy_for,
    tls_context,
    too_large,
    too_late,
)
from .outcome import Cancelled, Outcome, Response

CHUNK_BYTES = 1 << 18


class _Adapter(StrictAdapter):
    """An adapter whose pools hold our connections.

    All requests of a run go to one server. What requests finds out anew for each of them, a
    quarter of what it costs, is found out once: the pool, the proxy, how a URL is written.
    """

    def __init__(self, transport: BlockingTransport, size: int) -> None:
        plan = transport.plan
        mixed = {
            "sockets": transport.sockets,
            "resolver": transport.resolver,
            "connect_timeout_s": plan.connect_timeout_s,
        }
        secure_server = plan.root.startswith("https:")
        self._tls: dict[str, Any] = {"ssl_context": tls_context()} if secure_server else {}
        base = urlsplit(plan.root)
        self._origin = f"{base.scheme}://{base.netloc}"
        self._pool: HTTPConnectionPool | None = None
        super().__init__(Timed, mixed, pool_connections=1, pool_maxsize=size, max_retries=0)

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
        """A request's path and query; to a proxy without TLS, its whole URL."""
        if proxies:
            return super().request_url(request, proxies)
        url: str = request.url
        return url.removeprefix(self._origin) or "/"

    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """The response without what nobody here reads: cookies, an encoding."""
        answer = requests.Response()
        answer.status_code = resp.status
        answer.raw, answer.request, answer.url = resp, req, req.url
        return answer

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **more: Any
    ) -> None:
        """Make the pools, with our TLS context."""
        super().init_poolmanager(connections, maxsize, block, **more, **self._tls)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        """Make a proxy's pools, with our TLS context."""
        return super().proxy_manager_for(proxy, **more, **self._tls)


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
        self._session = requests.Session()
        self._session.trust_env = False  # the environment is asked once, see proxy_for
        self._session.headers.clear()
        self._session.headers.update(self.plan.headers())
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        proxy = proxy_for(self.plan.root)
        if proxy:
            self._session.proxies = {"http": proxy, "https": proxy}
        self._timeout: Any = Timeout(  # requests would make a new one for each request
            connect=self.plan.connect_timeout_s, read=self.plan.timeout_s
        )
        # Prepared once: the URL alone differs, and requests spends 0.4 ms on preparing.
        base = requests.Request("GET", self.plan.root)
        self._prepared = self._session.prepare_request(base)
        self._adapter = _Adapter(self, self.plan.in_flight)
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)

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
        fault: Exception | None = None
        try:
            outcome = self._exchange(attempt)
        except (RequestError, Cancelled) as error:
            outcome = error
        except Exception as error:
            sent = attempt.phases.was_sent
            outcome = network_error(attempt.label, error, self.plan, connected=sent)
            fault = None if is_of_the_answer(error) else error
        expired = self.sockets.end(attempt)
        if fault is not None:
            raise fault
        if isinstance(outcome, Response):
            return outcome
        if self._halt.is_set():
            return Cancelled()
        if expired:
            return too_late(attempt.label, self.plan.timeout_s)
        return outcome

    def _exchange(self, attempt: Attempt) -> Response:
        request = self._prepared.copy()
        request.url = attempt.url
        request.headers.update(attempt.headers())
        # To the adapter, past the session's send: that would follow redirects, merge cookies,
        # and call hooks, of which there are none.
        with self._adapter.send(
            request, stream=True, timeout=self._timeout, proxies=self._session.proxies
        ) as answer:
            raw = answer.raw
            headers = {name.lower(): text for name, text in raw.headers.items()}
            attempt.mark_headers(answer.status_code, headers)
            body = self._body(attempt, raw)
            attempt.mark(State.BODY, size_bytes=len(body))
            return Response(answer.status_code, headers, body)

    def _body(self, attempt: Attempt, raw: HTTPResponse) -> bytes:
        limit, told = self.plan.max_body_bytes, raw.length_remaining
        if told is not None:
            if told > limit:
                raise too_large(attempt.label, limit)
            attempt.hold(told)
            return raw.read(decode_content=False)
        chunk = raw.read(CHUNK_BYTES, decode_content=False)
        following = raw.read(CHUNK_BYTES, decode_content=False) if chunk else b""
        if not following:
            return chunk
        body = BytesIO(chunk)  # grows in place: pieces that are joined would be there twice
        body.seek(len(chunk))
        while following:
            attempt.hold(body.tell() + len(following))
            body.write(following)
            if body.tell() > limit:
                raise too_large(attempt.label, limit)
            following = raw.read(CHUNK_BYTES, decode_content=False)
        return body.getvalue()


def work(dispatcher: Dispatcher, transport: BlockingTransport) -> None:
    """One worker: take, send, settle, until there is nothing left."""
    try:
        while (attempt := dispatcher.take()) is not None:
            dispatcher.settle(attempt, transport.send(attempt))
    except BaseException:
        dispatcher.halt.set()  # a fault of our own: the other workers must not wait for us
        raise
