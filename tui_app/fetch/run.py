"""Carry out a plan: whole, or page by page; or ask for one URL."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui_app.methods import fault_in_words, find_method, load_method
from tui_app.redlist.errors import MethodFailed, RedListError
from tui_app.redlist.token import redact
from tui_app.redlist.validation import TOKEN_NOT_VALID

from .attempt import MemoryRecorder, Page, Recorder
from .engine import Dispatcher, Totals
from .events import Cancel, Observer, State, nobody
from .pace import Starts
from .plan import USER_AGENT, Plan
from .redaction import hidden_in_errors
from .response_cache import ResponseCache

if TYPE_CHECKING:
    import requests

URL_TIMEOUT_S: Final = (10.0, 60.0)
"""Of one URL, seconds to connect, and between two bytes."""

STATUS_HELP: Final = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/"


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to."""

    plan: Plan
    # Until the last commit, from the first request's queueing; of a timed run to the last response,
    # which is committed after that.
    seconds: float
    totals: Totals  # counts, latencies, failures
    pages_total: int | None  # pages that the server says there are; None where it doesn't say
    cancelled: bool  # by the user
    # The pages in order; empty where a recorder of the caller's has them.
    pages: tuple[Page, ...] = ()
    cpu_s: float = 0.0  # seconds of the processor that it took
    # Seconds that the program's main thread took meanwhile, where that is another one.
    screen_cpu_s: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for arrived."""
        return not (self.cancelled or self.totals.failures or self.totals.stopped)


def run(
    plan: Plan,
    observer: Observer = nobody,
    cancel: Cancel | None = None,
    recorder: Recorder | None = None,
    cache: ResponseCache | None = None,
    *,
    starts: Starts | None = None,
    timed: bool = False,
) -> Result:
    """Carry out a plan with its method; return when it has ended, one way or another.

    What goes wrong with requests is in the result, not raised.

    Args:
        plan: what to do.
        observer: told of every step, from the threads of the run.
        cancel: set it from any thread to stop within a second.
        recorder: keeps what arrives; without one the pages are in the result.
        cache: what earlier runs saved, looked up before anything is requested; its recorder
            has to be the same store's.
        starts: counts what other runs and programs start at the same server.
        timed: commit what arrives when the clock has stopped, as far as memory allows: writing
            is no part of what a comparison measures.

    Raises:
        UsageError: there is no such method, or it can't be imported.
    """
    load_method(plan.method)  # before the clock starts
    memory = MemoryRecorder() if recorder is None else None
    dispatcher = Dispatcher(
        plan,
        recorder or memory or MemoryRecorder(),
        observer,
        cache=cache,
        starts=starts,
        timed=timed,
    )
    if cancel is not None:
        cancel.listen(dispatcher.halt.set)
    clock = CpuClock()
    began = monotonic()
    dispatcher.tell(State.BEGUN, began)
    try:
        dispatcher.look_up()
        _carry(dispatcher)
        # Else a method that gives up without a word would pass for a complete run.
        if not (dispatcher.done() or (cancel is not None and cancel.is_set())):
            dispatcher.stop(MethodFailed(f"{find_method(plan.method)} left before all was done"))
    finally:
        if timed:
            ended, (cpu_s, screen_cpu_s) = monotonic(), clock.read()
        dispatcher.finish()
        if cancel is not None:
            cancel.forget(dispatcher.halt.set)
        if not timed:
            ended, (cpu_s, screen_cpu_s) = monotonic(), clock.read()
        stopped = dispatcher.totals.stopped
        dispatcher.tell(State.ENDED, ended, reason=str(stopped) if stopped else "")
    return Result(
        plan=plan,
        seconds=ended - began,
        totals=dispatcher.totals,
        pages_total=dispatcher.pages_total(),
        cancelled=cancel is not None and cancel.is_set(),
        pages=tuple(memory.in_order()) if memory is not None else (),
        cpu_s=cpu_s,
        screen_cpu_s=screen_cpu_s,
    )


def _carry(dispatcher: Dispatcher) -> None:
    """Have the method carry the run. A fault of another package's ends it early, with a sentence.

    One of ours is raised.
    """
    plan = dispatcher.plan
    method = find_method(plan.method)
    try:
        with hidden_in_errors(plan.token):
            load_method(plan.method).carry(dispatcher)
    except RedListError:
        raise
    except Exception as fault:
        if not method.package:
            raise
        failed = MethodFailed(f"{method} failed: {fault_in_words(fault, plan.token)}")
        failed.__cause__ = fault
        dispatcher.stop(failed)


def stream(plan: Plan, observer: Observer = nobody, starts: Starts | None = None) -> Iterator[Page]:
    """Yield each page as it arrives; nothing is asked for before it is wanted.

    One request at a time, whatever the plan's method, because a request sent ahead would be
    one that nobody asked for. Closing the generator early costs nothing.

    Raises:
        RequestError: a request failed for good.
    """
    from .requests_client import RequestsClient  # takes 60 ms to import

    memory = MemoryRecorder()
    dispatcher = Dispatcher(plan, memory, observer, starts=starts, keep_at_once=True)
    with hidden_in_errors(plan.token), RequestsClient(dispatcher) as client:
        while (attempt := dispatcher.take()) is not None:
            dispatcher.settle(attempt, client.send(attempt))
            if memory.pages:
                yield memory.pages.pop()
            elif dispatcher.totals.failures:
                raise dispatcher.totals.failures[-1].error
            memory.failures.clear()


def get_url_response(url: str) -> requests.Response:
    """Ask for one URL.

    Raises:
        requests.exceptions.HTTPError: v3 says ``Token not valid!``, or any status but 200.
        requests.exceptions.ConnectionError: no connection came about.
        requests.exceptions.RequestException: anything else that went wrong on the way.

    The messages are those of the notebook that the project began from; tokens in them are
    redacted.
    """
    import requests

    from .requests_client import StrictAdapter  # they take 60 ms to import

    failure: requests.exceptions.RequestException | None = None
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, StrictAdapter())
            response = session.get(
                url,
                headers={"User-Agent": USER_AGENT},
                timeout=URL_TIMEOUT_S,
                allow_redirects=False,
            )
    except requests.exceptions.ConnectionError as error:
        failure = requests.exceptions.ConnectionError(
            f"Connection Error. Error connecting to server url:{redact(url)}. "
            f"Following error raised: {redact(str(error))}"
        )
    except Exception as error:  # whatever a library raises for an answer
        failure = requests.exceptions.RequestException(
            f"An error occurred while making the request: {redact(str(error))}"
        )
    url = redact(url)  # crash reports show a function's variables
    if failure is not None:
        raise failure  # out here, where no context with the URL hangs on it
    if response.status_code != 200:
        raise requests.exceptions.HTTPError(
            f"HTTPError. Request failed with response status: {response.status_code}, "
            "see the following link for more detail on this status: "
            f"{STATUS_HELP}{response.status_code}"
        )
    # The message is 30 bytes; a page of 3 MB need not be parsed to see that it isn't one.
    if len(response.content) < 1000 and _message(response) == TOKEN_NOT_VALID:
        raise requests.exceptions.HTTPError(TOKEN_NOT_VALID)
    return response


def _message(response: requests.Response) -> object:
    try:
        said = response.json()
    except (ValueError, RecursionError):
        return None
    return said.get("message") if isinstance(said, dict) else None


class CpuClock:
    """Counts from when it is made, in the thread that carries the run.

    What the program's main thread takes is not the run's, where that is another one: the screen
    lives there. Only Linux can tell; elsewhere the screen's share counts as the run's.
    """

    __slots__ = ("_began", "_screen", "_screen_began")

    def __init__(self) -> None:
        self._screen = _main_thread()
        self._screen_began = self._screen_s()
        self._began = time.process_time()

    def read(self) -> tuple[float, float]:
        """Seconds of the processor by now: the run's, and the screen's."""
        both = time.process_time() - self._began
        screen = self._screen_s() - self._screen_began
        return max(0.0, both - screen), screen

    def _screen_s(self) -> float:
        return 0.0 if self._screen is None else time.clock_gettime(self._screen)


def _main_thread() -> int | None:
    main = threading.main_thread()
    if threading.current_thread() is main or main.ident is None:
        return None
    if not hasattr(time, "pthread_getcpuclockid"):
        return None
    return time.pthread_getcpuclockid(main.ident)
