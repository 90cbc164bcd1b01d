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
from http import HTTPStatus
from typing import Final, TextIO

from . import v3, v4
from .answer import Answer, Target, error, no_such_page
from .build import Builder
from .cache import Cache, Kept
from .catalogue import Catalogue
from .connection import Connection
from .exchange import Exchange
from .faults import fault_for
from .journal import Journal
from .limits import Bucket
from .link import SharedLink
from .options import Options
from .profiles import PROFILES
from .sending import Sender, headers_of, too_many_requests
from .wire import Request, write_head

CACHE_BYTES: Final = 96 * 1024 * 1024
"""How many bytes of answers are kept."""

_WARM_SLICE_S: Final = 0.001  # how long the work that is done beforehand keeps the loop waiting
_JUST_NOW_S: Final = 1e-4  # a transfer that ends so soon is done


class Service:
    """Answers the requests of all connections."""

    def __init__(self, options: Options, base_url: str, log: TextIO | None = None) -> None:
        """A service at *base_url* that writes a line for each request to *log*."""
        self._options = options
        self._profile = PROFILES[options.profile]
        self._loop = asyncio.get_running_loop()
        self._catalogue = Catalogue(options.seed)
        self._v4 = v4.V4(self._catalogue, base_url)
        self._v3 = v3.V3(self._catalogue)
        self._journal = Journal(log)
        self._sender = Sender(self._loop, self._finish)
        self._cache = Cache(CACHE_BYTES)
        self._bucket: Bucket | None = None
        if options.rate_limit:
            self._bucket = Bucket.read(options.rate_limit, self._loop.time())
        self._link = SharedLink()
        self._link_timer: asyncio.TimerHandle | None = None
        self._sending: dict[int, Callable[[], None]] = {}
        self._asked: Counter[str] = Counter()
        self._builder: Builder[Kept] = Builder(self._loop)
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
                self._find(request.target, partial(self._deliver, exchange))

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
        self._sender.send(exchange, self._prepare("", answer))

    # -- the answer ------------------------------------------------------------------------

    def _find(self, target: str, use: Callable[[Kept], None]) -> None:
        """Get the answer to a target and use it, at once or when it is written."""
        wanted = None
        key = target
        if not target.startswith(v4.ROOT):  # the token is in the query of v3: not in the key
            wanted = Target.read(target)
            key = wanted.page_key()
        kept = self._cache.get(key)
        if kept is not None:
            use(kept)
            return
        wanted = wanted or Target.read(target)
        if wanted.path.startswith(v4.ROOT):
            use(self._keep(key, wanted, self._v4.answer(wanted)))
        elif not wanted.path.startswith(v3.ROOT):
            use(self._keep(key, wanted, no_such_page()))
        elif key in self._builder:
            self._builder.want(key, use)
        else:
            found = self._v3.answer(wanted)
            if isinstance(found, Answer):
                use(self._keep(key, wanted, found))
            else:
                self._builder.add(key, found, partial(self._built, key, wanted))
                self._builder.want(key, use)

    def _built(self, key: str, target: Target, answer: Answer) -> Kept:
        """Keep a large answer, and begin with the one that will be asked for next."""
        kept = self._keep(key, target, answer)
        head, _, number = target.path.rstrip("/").rpartition("/")
        later = Target(f"{head}/{int(number) + 1}", ())
        later_key = later.page_key()
        if int(number) < self._v3.last_page and not self._known(later_key):
            build = self._v3.answer(later)
            if not isinstance(build, Answer):
                self._builder.add(later_key, build, partial(self._built, later_key, later))
        return kept

    def _known(self, key: str) -> bool:
        return key in self._builder or self._cache.get(key) is not None

    def _keep(self, key: str, target: Target, answer: Answer) -> Kept:
        kept = self._prepare(target.page_key(), answer)
        if answer.status == HTTPStatus.OK:
            self._cache.put(key, kept)
        return kept

    def _prepare(self, page_key: str, answer: Answer) -> Kept:
        delay_s = self._options.delay_s
        if delay_s is None:
            delay_s = self._profile.delay_s(self._options.seed, page_key, answer.kind)
        head = write_head(answer.status, headers_of(answer, delay_s), len(answer.body))
        return Kept(answer, page_key, delay_s, head)

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
        tasks = self._catalogue.warm()

        def work() -> None:
            usual_s = sys.getswitchinterval()
            sys.setswitchinterval(_WARM_SLICE_S)
            for task in tasks:
                task()
            sys.setswitchinterval(usual_s)

        threading.Thread(target=work, name="warm-up", daemon=True).start()


def _nothing() -> None:
    """Nothing is left to do."""
