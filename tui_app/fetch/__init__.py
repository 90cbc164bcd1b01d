"""How requests are carried out: one plan, one policy, three methods, events.

:func:`run` carries out a plan, :func:`stream` yields its pages one at a time, and
:func:`get_url_response` asks for one URL. A method is a module with ``carry(dispatcher)``
and a line in :mod:`tui_app.methods`.
"""

from typing import TYPE_CHECKING, Any

from .cancel import Cancel
from .events import FINAL_STATES, Event, Observer, State
from .hiding import hide_in_logs
from .outcome import FailedAttempt, Keeper, MemoryKeeper, Page, Phases
from .plan import DETAILS, USER_AGENT, Plan, Request, make_request
from .run import Result, run, stream
from .shelf import Shelf, Shelved

if TYPE_CHECKING:
    from .client import get_url_response

hide_in_logs()


def __getattr__(name: str) -> Any:
    # requests takes 60 ms to import, and the application starts without it.
    if name == "get_url_response":
        from .client import get_url_response

        return get_url_response
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "DETAILS",
    "FINAL_STATES",
    "USER_AGENT",
    "Cancel",
    "Event",
    "FailedAttempt",
    "Keeper",
    "MemoryKeeper",
    "Observer",
    "Page",
    "Phases",
    "Plan",
    "Request",
    "Result",
    "Shelf",
    "Shelved",
    "State",
    "get_url_response",
    "make_request",
    "run",
    "stream",
]
