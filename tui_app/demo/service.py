"""The service: when and how each request is answered.

Decides in this order, as the real service seems to: rate limit, method, token, faults, answer.
An answer goes out when its delay is over, counted from the arrival of the request, so that the
time it takes to write a page is hidden in it.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, TextIO

from . import v3, v4
from .answer import Answer, Target, error
from .cache import Kept
from .catalogued import FromCatalogue
from .connection import Connection
from .exchange import Exchange
from .faults import fault_for
from .journal import Journal
from .limits import Bucket
from .link import SharedLink
from .options import Options
from .profiles import PROFILES
from .recording import Recording
from .replay import FromRecording
from .sending import Sender, ready, too_many_requests
from .wire import Request

_WARM_SLICE_S: Final = 0.001  # how long the work that is done beforehand keeps the loop waiting
_JUST_NOW_S: Final = 1e-4  # a transfer that ends so soon is done


class Answers(Protocol):
    """Where answers are from."""

    def find(self, target: str, use: Callable[[Kept], None]) -> None:
        """Get the answer to a target and use it, at once or when it is there."""

    def warm(self) -> list[Callable[[], object]]:
        """The work that the first requests would do, in small pieces, to be done when idle."""


class Service:
    """Answers the requests of all connections."""

    def __init__(
        self,
        options: Options,
        base_url: str,
        log: TextIO | None = None,
        recording: Recording | None = None,
    ) -> None:
        """A service at *base_url* that writes a line for each request to *log*.

        It answers from *recording* where there is one, else from the catalogue.
        """
        self._options = options
        self._profile = PROFILES[options.profile]
        self._loop = asyncio.get_running_loop()
        self._answers: Answers = (
            FromCatalogue(options, base_url, self._loop)
            if recording is None
            else FromRecording(recording)
        )
        self._journal = Journal(log)
        self._sender = Sender(self._loop, self._finish)
        self._bucket: Bucket | None = None
        if options.rate_limit:
            self._bucket = Bucket.read(options.rate_limit, self._loop.time())
        self._link = SharedLink()
        self._link_timer: asyncio.TimerHandle | None = None
        self._sending: dict[int, Callable[[], None]] = {}
        self._asked: Counter[str] = Counter()
        self._in_flight = self._requests = self._connections = 0

    def connection(self) -> Connection:
        """A new connection."""
        self._connections += 1
        return Connection(self, self._connections)

    # -- a request -------------------------------------------------------------------------

    def handle(self, connection: Connection, request: Request) -> None:
        """Answer a request, now or later."""
        arrived = self._loop.time()
        self._in_flight += 1
        self._requests += 1
        exchange = Exchange(connection, request, arrived, self._in_flight, self._requests)
        connection.on_lost = partial(self._abandon, exchange)
        wait_s = self._bucket.take(arrived) if self._bucket else 0
        if wait_s:
            self._refuse(exchange, too_many_requests(wait_s))
        elif request.method not in {"GET", "HEAD"}:
            self._refuse(exchange, Answer(405, b"", headers=(("allow", "GET, HEAD"),)))
        else:
            refusal = self._refusal(request)
            if refusal:
                self._refuse(exchange, refusal)
            else:
                self._answers.find(request.target, partial(self._deliver, exchange))

    def _refusal(self, request: Request) -> Answer | None:
        """What to answer to a request without the right token; None if it has it."""
        token = self._options.token
        if token is None:
            return None
        if request.target.startswith(v3.ROOT):
            return None if Target.read(request.target).value("token") == token else v3.BAD_TOKEN
        sent = request.headers.get("authorization", "")
        if sent[:7].lower() == "bearer ":
            sent = sent[7:].strip()
        known = request.target.startswith(v4.ROOT)
        return error(401, "Unauthorized") if known and sent != token else None

    def _refuse(self, exchange: Exchange, answer: Answer) -> None:
        self._sender.send(exchange, ready(answer, 0.0))

    # -- the answer ------------------------------------------------------------------------

    def _deliver(self, exchange: Exchange, kept: Kept) -> None:
        """Send an answer when its time has come."""
        if exchange.connection.lost:
            return
        if self._profile.faults:
            exchange.fault = fault_for(
                self._options.seed, kept.page_key, self._asked[kept.page_key]
            )
            self._asked[kept.page_key] += 1
        send = partial(self._sender.send, exchange, kept)
        if self._profile.shared_link and self._options.delay_s is None:
            self._sending[exchange.number] = send
            self._link.join(exchange.number, kept.delay_s, exchange.arrived)
            self._watch_link()
        elif kept.delay_s <= 0:
            send()
        else:
            exchange.timer = self._loop.call_at(exchange.arrived + kept.delay_s, send)

    def _watch_link(self) -> None:
        if self._link_timer is not None:
            self._link_timer.cancel()
        end = self._link.next_end()
        self._link_timer = None if end is None else self._loop.call_at(end, self._link_done)

    def _link_done(self) -> None:
        for number in self._link.finished(self._loop.time() + _JUST_NOW_S):
            self._sending.pop(number)()
        self._watch_link()

    # -- the end ---------------------------------------------------------------------------

    def _finish(self, exchange: Exchange, then: Callable[[], None]) -> None:
        self._in_flight -= 1
        self._journal.note(exchange, self._loop.time())
        then()

    def _abandon(self, exchange: Exchange) -> None:
        """The client went away: what was to be sent to it is not."""
        if exchange.timer is not None:
            exchange.timer.cancel()
        if self._sending.pop(exchange.number, None):
            self._link.leave(exchange.number, self._loop.time())
            self._watch_link()
        self._finish(exchange, _nothing)

    # -- idle time -------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Do the work of the first requests beforehand, in a thread beside the loop.

        On the loop, a piece of it would hold up whoever asks meanwhile by 50 ms, and the log would
        say that they came later than they did.
        """
        tasks = self._answers.warm()

        def work() -> None:
            usual_s = sys.getswitchinterval()
            sys.setswitchinterval(_WARM_SLICE_S)
            for task in tasks:
                task()
            sys.setswitchinterval(usual_s)

        threading.Thread(target=work, name="warm-up", daemon=True).start()


def _nothing() -> None:
    """Nothing is left to do."""
