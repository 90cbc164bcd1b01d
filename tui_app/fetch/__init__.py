"""How requests are carried out: one plan, one policy, methods, events.

:func:`run` carries out a plan, :func:`stream` yields its pages one at a time, and
:func:`get_url_response` asks for one URL.

A method is a module with ``carry(dispatcher)`` that :mod:`tui_app.methods` knows, ours or another
package's. It :meth:`takes <Dispatcher.take>` an :class:`Attempt` (or :meth:`polls
<Dispatcher.poll>` for one), sends it, and :meth:`settles <Dispatcher.settle>` what came of it: a
:class:`Response`, an error (:func:`network_error` words one), or :class:`Cancelled`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from .agenda import EMPTY_PAGES
from .attempt import Attempt
from .cancel import Cancel
from .decisions import Finished, Idle, Wait
from .dispatcher import Dispatcher
from .events import FINAL_STATES, Event, Observer, State
from .hiding import hide_in_logs
from .outcome import (
    Cancelled,
    FailedAttempt,
    MemoryRecorder,
    Outcome,
    Page,
    Phases,
    Recorder,
    Response,
)
from .pace import Starts
from .plan import DETAILS, USER_AGENT, Plan, Request, make_request
from .response_cache import CachedResponse, ResponseCache
from .run import Result, run, stream

if TYPE_CHECKING:
    from .client import get_url_response
    from .http1 import StrictResponse
    from .network import network_error

hide_in_logs()


# requests takes 60 ms to import, and the application starts without it.
_WHEN_USED: Final = {
    "StrictResponse": "http1",
    "get_url_response": "client",
    "network_error": "network",
}


def __getattr__(name: str) -> Any:
    if name in _WHEN_USED:
        return getattr(import_module(f"{__name__}.{_WHEN_USED[name]}"), name)
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
