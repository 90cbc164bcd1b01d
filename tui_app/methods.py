"""The methods: those of this package, a line each, and those of other packages.

Only their names are here. A method and its HTTP library are imported when a run starts, since
together they take longer to import than the rest of the program.

Another package adds a method by an entry point (`importlib.metadata`_) of the group
``iucn_tui.methods``, which names a module with a function ``carry(dispatcher)``, or such a
function (``their_package.module:carry``). The module may say ``ONE_IN_FLIGHT = True``: the method
has one request in flight, however many there may be.

.. _importlib.metadata: https://docs.python.org/3/library/importlib.metadata.html#entry-points
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Final

from tui_app.redlist.errors import UsageError
from tui_app.redlist.redaction import Token, redact
from tui_app.redlist.text import visible

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "iucn_tui.methods"
"""The group of other packages' entry points."""

DEFAULT_METHODS: Final = ("sequential", "threads", "asyncio")
"""Those that are compared where nobody asks for others."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,23}")
_ELSE: Final = "Repair or remove that package, or choose another method."
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Method:
    """Where a method is."""

    name: str
    module: str  # that has it
    function: str = "carry"  # in that module
    one_in_flight: bool = False  # of ours; another package's says so in its module
    needs: str = ""  # a package that the base install lacks; the extra of the method's name has it
    package: str = ""  # whose it is, with its version; empty for ours

    def __str__(self) -> str:
        return f"The method '{self.name}'" + (f" of {self.package}" if self.package else "")


_REQUESTS: Final = "tui_app.fetch.requests_client"
_AIOHTTP: Final = "tui_app.fetch.aiohttp_client"
_OURS: Final = {
    one.name: one
    for one in (
        Method("sequential", _REQUESTS, "carry_sequential", one_in_flight=True),
        Method("threads", _REQUESTS, "carry_threads"),
        Method("asyncio", _AIOHTTP, "carry_asyncio"),
        Method("uvloop", _AIOHTTP, "carry_uvloop", needs="uvloop"),
    )
}


@cache  # not before a name is asked for that isn't ours: 80 packages take 5 ms
def _others() -> tuple[dict[str, Method], list[str]]:
    """What other packages bring, by name; and a sentence for each that is not taken."""
    from importlib.metadata import distributions  # takes 10 ms to import

    found: dict[str, Method] = {}
    notices: list[str] = []
    seen: set[str] = set()
    for distribution in distributions():
        package, text = "another package", ""
        with suppress(OSError, UnicodeError):
            text = distribution.read_text("entry_points.txt") or ""
        if GROUP not in text:  # before it is parsed: nearly all have something else in it
            continue
        try:
            name = distribution.metadata["Name"]
            if name in seen:  # further along the path, hidden by one of the same name
                continue
            seen.add(name)
            package = visible(f"{name} {distribution.version}", 80)
            entries = distribution.entry_points.select(group=GROUP)
            methods = [_method_of(entry, package) for entry in entries]
        except Exception as fault:  # whatever a package is like, the program starts
            notices.append(f"The methods of {package} can't be read: {fault_in_words(fault)}.")
            continue
        for method in methods:
            if wrong := _why_not_taken(method, found):
                notices.append(f"{method} is ignored: {wrong}.")
            else:
                found[method.name] = method
    return dict(sorted(found.items())), notices


def _method_of(entry: EntryPoint, package: str) -> Method:
    module, _, function = entry.value.partition("[")[0].partition(":")
    name = visible(entry.name, 40)
    return Method(name, module.strip(), function.strip() or "carry", package=package)


def _why_not_taken(method: Method, found: dict[str, Method]) -> str:
    if not _NAME.fullmatch(method.name):
        return "its name must be a lowercase letter and up to 23 lowercase letters, digits, - and _"
    if method.name in _OURS:
        return "iucn-tui has a method of that name"
    if method.name in found:
        return f"{found[method.name].package} has a method of that name"
    return ""


def known_methods() -> tuple[str, ...]:
    """All names: ours, then those of other packages."""
    return (*_OURS, *_others()[0])


def usable_methods() -> tuple[str, ...]:
    """Those of the known ones that need nothing which is known to be missing. Imports none."""
    return tuple(name for name in known_methods() if _is_here(find_method(name).needs))


def all_methods() -> tuple[str, ...]:
    """What ``all`` means: those that can be used here.

    Other packages' are imported to see; :func:`method_notices` says why one is left out.
    """
    others, notices = _others()
    found = []
    for name in usable_methods():
        try:
            if name in others:
                load_method(name)
            found.append(name)
        except UsageError as error:
            if error.sentence() not in notices:
                notices.append(error.sentence())
    return tuple(found)


def method_notices() -> tuple[str, ...]:
    """Sentences that the user must read: which methods of other packages are not there, and why."""
    return tuple(_others()[1])


def place_among_others(name: str) -> int:
    """A method's place among the known ones but the default; of an unknown one, by its letters."""
    others = [one for one in known_methods() if one not in DEFAULT_METHODS]
    return others.index(name) if name in others else len(others) + sum(map(ord, name))


def find_method(name: str) -> Method:
    """The method of that name. Raises UsageError where there is none."""
    found = _OURS.get(name) or _others()[0].get(name)
    if found is None:
        advice = f"Choose from {', '.join(known_methods())}."
        raise UsageError(f"There is no method '{visible(name, 80)}'.", advice)
    return found


@cache  # asked at every step of a run
def has_one_in_flight(name: str) -> bool:
    """Whether a method has one request in flight at most. Raises as :func:`load_method` does."""
    method = find_method(name)
    if not method.package:
        return method.one_in_flight
    load_method(name)
    return bool(getattr(import_module(method.module), "ONE_IN_FLIGHT", False))


@cache
def load_method(name: str) -> Callable[[Any], None]:
    """Import a method: what carries a run in the calling thread, given the run's dispatcher.

    Raises:
        UsageError: there is none of that name, it needs what isn't installed, or it is another
            package's and can't be imported.
    """
    method = find_method(name)
    if not _is_here(method.needs):
        advice = f"`pip install 'iucn-tui[{name}]'` adds it."
        raise UsageError(f"{method} needs {method.needs}, which is not installed.", advice)
    try:
        carry: Any = import_module(method.module)
        for part in method.function.split("."):
            carry = getattr(carry, part, None)
    except (Exception, SystemExit) as fault:
        if not method.package:
            raise
        raise UsageError(f"{method} {_why_not_loaded(method, fault)}.", _ELSE) from fault
    if not callable(carry):
        what = f"{method.module} has no function {method.function}"
        raise UsageError(f"{method} can't be used: {what}.", _ELSE)
    found: Callable[[Any], None] = carry
    return found


def _why_not_loaded(method: Method, fault: BaseException) -> str:
    missing = fault.name if isinstance(fault, ModuleNotFoundError) else None
    if missing and not f"{method.module}.".startswith(f"{missing}."):
        return f"needs {visible(missing, 80)}, which is not installed"
    return f"can't be imported: {fault_in_words(fault)}"


def _is_here(package: str) -> bool:
    return not package or find_spec(package) is not None


def fault_in_words(fault: BaseException, token: Token | None = None) -> str:
    """What was raised, and where, on one line and without the token."""
    said = visible(redact(f"{type(fault).__name__}: {fault}", token), _LONGEST).rstrip(".")
    trace = extract_tb(fault.__traceback__)
    if not trace or trace[-1].filename.startswith("<"):  # by Python's import, which says it all
        return said
    return f"{said} ({visible(Path(trace[-1].filename).name, 80)}, line {trace[-1].lineno})"
