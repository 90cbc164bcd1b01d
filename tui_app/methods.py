"""The methods, a line each: a name, and the module whose ``carry(dispatcher)`` it is.

Only names: a method and its HTTP library are imported when a run starts, since together they
take longer to import than the rest of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final

from tui_app.redlist.errors import UsageError
from tui_app.redlist.visible import visible

DEFAULT_METHODS: Final = ("sequential", "threads", "asyncio")
"""Those that are compared where nobody asks for others."""


@dataclass(frozen=True, slots=True)
class Method:
    """Where a method is.

    Attributes:
        name: what it is called.
        module: the module that has it.
        one_in_flight: whether it has one request in flight, however many there may be.
    """

    name: str
    module: str
    one_in_flight: bool = False


_OURS: Final = (
    Method("sequential", "tui_app.fetch.sequential", one_in_flight=True),
    Method("threads", "tui_app.fetch.threads"),
    Method("asyncio", "tui_app.fetch.asyncio_aiohttp"),
)


def known_methods() -> tuple[str, ...]:
    """All names."""
    return tuple(one.name for one in _OURS)


def find_method(name: str) -> Method:
    """The method of that name.

    Raises:
        UsageError: there is none.
    """
    for one in _OURS:
        if one.name == name:
            return one
    advice = f"Choose from {', '.join(known_methods())}."
    raise UsageError(f"There is no method '{visible(name, 80)}'.", advice)


@cache  # asked at every step of a run
def has_one_in_flight(name: str) -> bool:
    """Whether a method has one request in flight, however many there may be.

    Raises:
        UsageError: there is no such method.
    """
    return find_method(name).one_in_flight


def load_method(name: str) -> Callable[[Any], None]:
    """Import a method; gives what carries a run, and takes its dispatcher.

    Raises:
        UsageError: there is none of that name.
    """
    carry: Callable[[Any], None] = import_module(find_method(name).module).carry
    return carry
