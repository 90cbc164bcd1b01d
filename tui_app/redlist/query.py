"""What a user wants, as plain values: from ``countries/MG`` to the paths that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import parse_qsl, quote, unquote

from .errors import UnknownOperation, UsageError
from .operations import Api, Operation, operations

Params = tuple[tuple[str, str], ...]
"""Query parameters in the order in which they are sent; a name may occur twice."""


@dataclass(frozen=True, slots=True)
class Target:
    """One operation with its value and filters: ``countries/MG``, ``latest=true``.

    Attributes:
        operation: the entry in the catalogue.
        value: what stands in for ``{code}`` in its path, or None.
        params: query parameters, without the page and never with a token.
    """

    operation: Operation
    value: str | None = None
    params: Params = ()

    @property
    def path(self) -> str:
        """The path below the API's root, percent-encoded: ``countries/MG``."""
        if self.value is None:
            return self.operation.path
        return f"{self.operation.stem}/{quote(self.value, safe='')}"

    @property
    def label(self) -> str:
        """The target as a person writes it, with its parameters; reads back as the same target."""
        base = self.operation.stem
        if self.value is not None:
            base += f"/{_written(self.value, '%/?')}"
        if not self.params:
            return base
        pairs = (
            f"{_written(name, '%&+=')}={_written(value, '%&+')}" for name, value in self.params
        )
        return f"{base}?{'&'.join(pairs)}"


@dataclass(frozen=True, slots=True)
class Query:
    """What one run is to fetch: one or more targets of one version of the API."""

    api: Api
    targets: tuple[Target, ...]

    @property
    def label(self) -> str:
        """All targets in a line."""
        return ", ".join(target.label for target in self.targets)


def _written(text: str, special: str) -> str:
    # Only what would be read differently is encoded: "Bay of Fundy" stays as it is.
    if text != text.strip():
        special += " "
    return "".join(
        char if char.isprintable() and char not in special else quote(char, safe="")
        for char in text
    )


def make_query(
    asked: Iterable[str],
    api: Api = "v4",
    *,
    filters: Mapping[str, str | None] | None = None,
    params: Iterable[tuple[str, str]] = (),
) -> Query:
    """Read operations as a person writes them.

    Args:
        asked: the API's own paths, each with an optional ``?name=value&…``.
        api: the version whose catalogue applies.
        filters: filters by the API's names (``latest``, ``scope_code`` …); None is not sent.
        params: further parameters, sent as they are.

    Raises:
        UnknownOperation: a path is not in the catalogue; the nearest are named.
        UsageError: a value is missing, or the operation takes no such filter.
    """
    wanted = {name: value for name, value in (filters or {}).items() if value is not None}
    targets = tuple(
        dict.fromkeys(_with(parse_target(text, api), wanted, tuple(params)) for text in asked)
    )
    if not targets:
        raise UsageError("No operation was given.", "Try taxa/family/Felidae.")
    return Query(api, targets)


def parse_target(text: str, api: Api) -> Target:
    """Find the operation that ``text`` names.

    Raises:
        UnknownOperation: it names none; the nearest are suggested.
        UsageError: it lacks a parameter that the operation needs.
    """
    path, _, query = _checked_text(text).strip().partition("?")
    path = path.removeprefix(f"/api/{api}/").strip("/")
    params = tuple(parse_qsl(query, keep_blank_values=True))
    names = {name.lower() for name, _ in params}
    if "token" in names:
        raise UsageError(
            "A token doesn't belong in an operation: it would show in logs and the process list.",
            "Set IUCN_REDLIST_KEY or [API] iucn in config.ini.",
        )
    if names & {"page", "per_page"}:
        raise UsageError(
            "Pages are asked for in their order, not by an operation.",
            "--pages N takes the first N.",
        )
    # Exact paths first: taxa/possibly_extinct is an operation, not taxa/{…}.
    catalogue = operations(api)
    for operation in catalogue:
        if operation.takes is None and operation.path.lower() == path.lower():
            return _complete(Target(operation, None, params))
    for operation in catalogue:
        if operation.takes and (value := _below(operation.stem, path)):
            return _complete(Target(operation, _checked_value(operation, unquote(value)), params))
        if operation.takes and operation.stem.lower() == path.lower():
            # Only records get here (assessment, taxa/sis): lists without a code are code lists.
            raise UsageError(
                f"{operation.stem} needs its {operation.takes}.", f"Write {operation.path}."
            )
    other: Api = "v3" if api == "v4" else "v4"
    if any(operation.stem == path.lower() for operation in operations(other)):
        raise UsageError(f"{path} is an operation of {other}, not of {api}.", f"Add --api {other}.")
    raise UnknownOperation(text.strip(), _nearest(path, catalogue))


def _below(stem: str, path: str) -> str:
    # A code may hold a slash (red_list_categories/LR/cd), but no step along the path.
    value = path[len(stem) + 1 :] if path.lower().startswith(f"{stem.lower()}/") else ""
    steps = value.split("/")
    return "" if len(steps) > 1 and {"", ".", ".."}.intersection(steps) else value


def _checked_value(operation: Operation, value: str) -> str:
    number = value.isascii() and value.isdigit()
    if operation.takes in ("assessment_id", "sis_id") and not number:
        raise UsageError(f"{operation.path} takes a number, not '{value}'.")
    if value.strip() in ("", ".", ".."):  # HTTP clients take these for steps along the path
        raise UsageError(f"{operation.path} takes a {operation.takes}, not '{value}'.")
    return value


def _checked_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"'{text}' is not UTF-8 text.") from None
    return text


def _complete(target: Target) -> Target:
    given = {name for name, _ in target.params}
    missing = [name for name in target.operation.required if name not in given]
    if missing:
        example = "&".join(f"{name}=…" for name in target.operation.required)
        raise UsageError(
            f"{target.operation.stem} needs {' and '.join(missing)}.",
            f"Write '{target.operation.stem}?{example}'.",
        )
    return target


def _with(target: Target, filters: Mapping[str, str], params: Params) -> Target:
    for name in filters:
        if name not in target.operation.filters:
            takes = ", ".join(target.operation.filters) or "no filters"
            raise UsageError(
                f"{target.label} doesn't take the filter {name}; it takes {takes}.",
                f"`--param {name}=…` sends it all the same.",
            )
    further = (*sorted(filters.items()), *params)
    for name, value in further:
        _checked_text(name + value)
    return Target(target.operation, target.value, (*target.params, *further))


def _nearest(path: str, catalogue: tuple[Operation, ...]) -> tuple[str, ...]:
    stem, _, value = path.rpartition("/")
    known = [op.stem for op in catalogue]
    found: list[str] = []
    for asked, tail in ((path.lower(), ""), (stem.lower(), value)):
        for match in get_close_matches(asked, known, n=2, cutoff=0.7) if asked else ():
            shown = f"{match}/{tail}" if tail else match
            if shown not in found:
                found.append(shown)
    if not found:
        words = [op.path for op in catalogue if path and path.lower() in op.path.lower()]
        found = words[:3]
    return tuple(found[:3])
