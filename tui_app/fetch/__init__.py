"""How requests are carried out: one plan, one policy, methods, events.

:func:`run` carries out a plan, :func:`stream` yields its pages one at a time, and
:func:`get_url_response` asks for one URL.

A method is a module with ``carry(dispatcher)`` that :mod:`tui_app.methods` knows, ours or another
package's. It :meth:`takes <Dispatcher.take>` an :class:`Attempt` (or :meth:`polls
<Dispatcher.poll>` for one), sends it, and :meth:`settles <Dispatcher.settle>` what came of it: a
:class:`Response`, an error (:func:`network_error` words one), or :class:`Cancelled`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .attempt import (
    Attempt,
    FailedAttempt,
    MemoryRecorder,
    Outcome,
    Page,
    Phases,
    Recorder,
    Response,
)
from .engine import Dispatcher
from .events import FINAL_STATES, Cancel, Cancelled, Event, Observer, State
from .library_logs import hide_in_logs
from .limiter import Starts
from .plan import DETAILS, EMPTY_PAGES, USER_AGENT, Plan, Request, make_request
from .policy import Finished, Idle, Wait
from .response_cache import CachedResponse, ResponseCache
from .run import Result, run, stream

if TYPE_CHECKING:
    from .network import StrictResponse, network_error
    from .requests_client import get_url_response

hide_in_logs()


# What takes long to import is imported when it is used: ssl, http.client and requests.
_LATER = {
    "StrictResponse": "network",
    "network_error": "network",
    "get_url_response": "requests_client",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "DETAILS",
    "EMPTY_PAGES",
    "FINAL_STATES",
    "USER_AGENT",
    "Attempt",
    "CachedResponse",
    "Cancel",
    "Cancelled",
    "Dispatcher",
    "Event",
    "FailedAttempt",
    "Finished",
    "Idle",
    "MemoryRecorder",
    "Observer",
    "Outcome",
    "Page",
    "Phases",
    "Plan",
    "Recorder",
    "Request",
    "Response",
    "ResponseCache",
    "Result",
    "Starts",
    "State",
    "StrictResponse",
    "Wait",
    "get_url_response",
    "make_request",
    "network_error",
    "run",
    "stream",
]
