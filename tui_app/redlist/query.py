"""What a user wants, as plain values: from ``countries/MG`` to the paths that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote

from .errors import Advice, UnknownOperation, UsageError
from .names_file import InputLine, label_of
from .names_table import ListOf, parse_list
from .operations import WITH_BELOW, Api, Operation, Params, Target, not_given, operations_of
from .text import counted

if TYPE_CHECKING:
    from .codes import Code

NAMES: Final = "species"
IDS: Final = "assessments"
"""Stand for operations whose values come from a file: ``species`` names, ``assessments`` ids."""

LISTS_NAMED: Final = 3
"""A label names so many targets; the rest are counted."""

ROW_FILTERS: Final = ("latest", "scope_code", "year_published")
"""Filters that are applied to a taxon's assessments here, because the API takes none there."""


@dataclass(frozen=True, slots=True)
class Query:
    """What one run is to fetch, of one version of the API."""

    api: Api
    targets: tuple[Target, ...]  # each once
    # of a file of names or ids, with the targets that they became
    lines: tuple[InputLine, ...] = ()
    details: bool = False  # follow every row to its full assessment
    intersect: bool = False  # keep only the assessments that all targets list
    only: Params = ()  # filters by name that choose among the assessments of a taxon
    history: bool = False  # of each name a row for every assessment of its taxon
    # Operations as they were written, each with the places of its targets; empty where every
    # operation is one target. ``threats/5+`` is a target for each code.
    written: tuple[tuple[str, tuple[int, ...]], ...] = ()
    distinct: bool = False  # keep an assessment once, with all the codes that list it
    resolve: bool = False  # of names that are synonyms, request the accepted name as well
    resolved: tuple[Target, ...] = ()  # the last targets: accepted names of such synonyms
    lines_hold: ListOf = "names"  # also where all lines are malformed, so that none has a target

    @property
    def gives_taxa(self) -> bool:
        """Whether taxa are fetched, each with its assessments."""
        return any(target.operation.gives_taxon for target in self.targets)

    @property
    def gives_assessments(self) -> bool:
        """Whether full assessments are fetched."""
        return any(
            one.gives_assessment or one.lists_in_full or (self.details and one.lists_assessments)
            for one in (target.operation for target in self.targets)
        )

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations as they were written."""
        return as_written([target.label for target in self.targets], dict(self.written))

    @property
    def sides(self) -> tuple[frozenset[int], ...]:
        """The places of the targets of each operation: what an intersection intersects."""
        if self.written:
            return tuple(frozenset(places) for _, places in self.written)
        return tuple(frozenset((place,)) for place in range(len(self.targets)))

    @property
    def label(self) -> str:
        """The operations in a line."""
        given = {line.target for line in self.lines} | set(self.resolved)
        named = [label for label, _ in self.written] or [
            target.label for target in self.targets if target not in given
        ]
        if len(named) > LISTS_NAMED:
            named = [*named[: LISTS_NAMED - 1], f"{len(named) - LISTS_NAMED + 1} more"]
        if self.lines:
            named.append(label_of(self.lines))
        label = (" ∩ " if self.intersect else ", ").join(named)
        return f"{label} in full" if self.details else label


def as_written(labels: Iterable[str], written: Mapping[str, Iterable[int]]) -> tuple[str, ...]:
    """A run's operations as they were written, from the labels of its targets."""
    parts = set(chain.from_iterable(written.values()))
    return (*written, *(label for place, label in enumerate(labels) if place not in parts))


def make_query(
    asked: Iterable[str],
    api: Api = "v4",
    *,
    filters: Mapping[str, str | None] | None = None,
    params: Iterable[tuple[str, str]] = (),
    names: Iterable[str] | None = None,
    ids: Iterable[str] | None = None,
    column: str | None = None,
    details: bool = False,
    intersect: bool = False,
    history: bool = False,
    distinct: bool = False,
    resolve: bool = False,
) -> Query:
    """Read operations as a person writes them: the API's own paths, with ``?name=value&…``.

    ``species`` stands for *names* and ``assessments`` for *ids*, which are lines, perhaps of a
    table in which *column* has them; ``threats/5+`` for a code with all built-in codes below it.
    *filters* go by the API's names, and None is not sent; *params* are sent as they are.

    Raises:
        UnknownOperation: a path is not in the catalogue; the nearest are named.
        UsageError: a value is missing, the operation takes no such filter, or these can't be
            asked for together.
    """
    wanted = {name: value for name, value in (filters or {}).items() if value is not None}
    texts = [text.strip() for text in asked]
    lines = _lines(texts, api, names, ids, column)
    targets: dict[object, Target] = {}
    written: dict[str, Target] = {}
    changed: dict[Target, Target] = {}
    only: Params = ()
    for text in texts:
        if text in (NAMES, IDS) and api == "v4":
            found = [line.target for line in lines if line.target is not None]
        else:
            found = [parse_target(text, api)]
        for target in found:
            here = {name: value for name, value in wanted.items() if _taken_here(target, name)}
            only = only or tuple(here.items())
            sent = {name: value for name, value in wanted.items() if name not in here}
            complete = changed[target] = _with(target, sent, tuple(params))
            targets.setdefault(_key(complete), complete)
            if text not in (NAMES, IDS):
                written[_label(complete, has_below(text))] = complete
    if params or wanted:
        lines = tuple(
            replace(line, target=changed[line.target]) if line.target else line for line in lines
        )
    if not targets and not lines:
        raise UsageError("No operation was given.", "Try taxa/family/Felidae.")
    if resolve and names is None:
        raise UsageError("Only names can be resolved.", f"Fetch {NAMES} with a list of names.")
    query = Query(
        api,
        tuple(targets.values()),
        lines,
        details,
        intersect,
        only,
        history=history,
        distinct=distinct,
        resolve=resolve,
        lines_hold="names" if ids is None else "ids",
    )
    if any(map(has_below, texts)):
        places = {key: place for place, key in enumerate(targets)}
        named = tuple((label, (places[_key(target)],)) for label, target in written.items())
        query = with_codes_below(replace(query, written=named))
    _check_together(query)
    return query


def _key(target: Target) -> object:
    # Codes and taxa are found in any case.
    return target.operation.path, (target.value or "").casefold(), target.params


def has_below(text: str) -> bool:
    """Whether an operation is written with a plus: a code with all codes below it."""
    return text.partition("?")[0].rstrip("/").endswith(WITH_BELOW)


def _label(target: Target, below: bool) -> str:
    own = replace(target, params=()).label
    return f"{own}{WITH_BELOW}{target.label.removeprefix(own)}" if below else target.label


def with_codes_below(
    query: Query, codes_of: Callable[[str], Iterable[Code]] | None = None
) -> Query:
    """The same with a target for each code below those that are written with a plus.

    Args:
        query: what is wanted.
        codes_of: gives the codes of a code list (``threats``); without it the built-in ones.
    """
    if not query.written:
        return query
    from .codes import below, built_in

    codes_of = codes_of or built_in
    families: dict[str, list[Target]] = {}
    for label, places in query.written:
        family = families[label] = [query.targets[place] for place in places]
        if has_below(label):
            found = below(family[0].value or "", codes_of(family[0].operation.stem))
            family += (replace(family[0], value=code) for code in found)
    targets: dict[object, Target] = {}
    for target in chain(*families.values(), query.targets):
        targets.setdefault(_key(target), target)
    at = {key: place for place, key in enumerate(targets)}
    written = (
        (label, tuple(dict.fromkeys(at[_key(target)] for target in family)))
        for label, family in families.items()
    )
    return replace(query, targets=tuple(targets.values()), written=tuple(written))


def codes_left_out(query: Query, codes_of: Callable[[str], Iterable[Code]]) -> Iterator[str]:
    """A sentence for each code whose list lacks what is listed under the codes below it."""
    from .codes import below, schemes

    asked: dict[str, list[str]] = {}
    for target in query.targets:
        if target.value is not None and target.operation.stem in schemes():
            asked.setdefault(target.operation.stem, []).append(target.value)
    for stem, values in asked.items():
        known = tuple(codes_of(stem))
        for code in values:
            missing = len(set(below(code, known)).difference(values))
            if not missing:
                continue
            yield (
                f"{code} has {counted(missing, 'code')} below it that this list doesn't include; "
                f"use {stem}/{code}{WITH_BELOW}."
            )


def _lines(
    texts: list[str],
    api: Api,
    names: Iterable[str] | None,
    ids: Iterable[str] | None,
    column: str | None,
) -> tuple[InputLine, ...]:
    found: tuple[InputLine, ...] = ()
    lists: tuple[tuple[str, Iterable[str] | None, ListOf], ...] = (
        (NAMES, names, "names"),
        (IDS, ids, "ids"),
    )
    if column is not None and names is None and ids is None:
        raise UsageError(
            "A column is given without a list of names or ids.",
            "Add the list, or leave out the column.",
        )
    for word, given, what in lists:
        wanted = word in texts and api == "v4"
        if given is not None and not wanted:
            said = f"A list of {what} goes with the operation {word} of v4."
            raise UsageError(said, f"Add {word}.")
        if given is None and wanted:
            raise UsageError(f"{word} needs a list of {what}.", Advice.GIVE_LIST, what=what)
        if given is not None and found:
            said = "Names and ids can't be read in one run."
            raise UsageError(said, "Fetch them in two runs.")
        if given is not None and not (found := parse_list(given, what, column)):
            raise UsageError(
                f"The list of {what} is empty.", "Write one per line; `#` begins a comment."
            )
    return found


def _taken_here(target: Target, name: str) -> bool:
    return name in ROW_FILTERS and target.operation.stem.startswith(("taxa/sis", "taxa/scient"))


def _check_together(query: Query) -> None:
    if query.details and query.api != "v4":
        raise UsageError("v3 has no full assessments.", "Leave out the details, or use v4.")
    lists = [target for target in query.targets if target.operation.lists_assessments]
    singles = [target for target in query.targets if target.operation.gives_assessment]
    if query.details and not lists and not singles and query.targets:
        raise UsageError(
            f"{query.targets[0].label} lists no assessments to follow.", "Leave out the details."
        )
    if query.history:
        check_history(query)
    if query.distinct and not any(target.operation.paged for target in lists):
        raise UsageError("Only lists of assessments can have duplicates.", "Leave out distinct.")
    if query.intersect:
        if query.lines:
            raise UsageError("A list of names or ids can't be intersected.", "Intersect lists.")
        paged = [target for target in lists if target.operation.paged]
        if len(query.sides) < 2 or len(paged) < len(query.targets):
            raise UsageError(
                "An intersection takes two or more operations that list assessments.",
                "For example countries/MG red_list_categories/CR.",
            )


def check_history(query: Query) -> None:
    """Check that a query is of names, which can have a row for each of their assessments.

    Raises:
        UsageError: it isn't.
    """
    if not (query.lines and query.gives_taxa):
        raise UsageError(
            f"{query.label} has no names, so it has no history.",
            "Use the operation species; a single taxon always has a row per assessment.",
        )


def parse_target(text: str, api: Api) -> Target:
    """Find the operation that ``text`` names; of ``threats/5+``, that of the code itself.

    Raises:
        UnknownOperation: it names none; the nearest are suggested.
        UsageError: it lacks a parameter that the operation needs.
    """
    path, _, query = _checked_text(text).strip().partition("?")
    path = path.removeprefix(f"/api/{api}/").strip("/")
    plus = path.endswith(WITH_BELOW)
    path = path.removesuffix(WITH_BELOW)
    params = tuple(parse_qsl(query, keep_blank_values=True))
    names = {name.lower() for name, _ in params}
    if "token" in names:
        raise UsageError(
            "A token can't be part of an operation: it would appear in logs and the process list.",
            "Set IUCN_REDLIST_KEY, or [API] iucn in config.ini.",
        )
    if names & {"page", "per_page"}:
        raise UsageError(
            "An operation can't select pages.",
            "Set the number of pages to fetch the first ones.",
        )
    # Exact paths first: taxa/possibly_extinct is an operation, not taxa/{…}.
    catalogue = operations_of(api)
    for operation in catalogue:
        if operation.takes is None and not plus and operation.path.lower() == path.lower():
            return _complete(Target(operation, None, params))
    for operation in catalogue:
        if operation.takes and (value := _below(operation.stem, path)):
            if plus:
                _check_has_codes_below(operation)
            return _complete(Target(operation, _checked_value(operation, unquote(value)), params))
        if operation.takes and operation.stem.lower() == path.lower():
            # Only records get here (assessment, taxa/sis): lists without a code are code lists.
            raise UsageError(
                f"{operation.stem} needs its {operation.takes}.", f"Write {operation.path}."
            )
    other: Api = "v3" if api == "v4" else "v4"
    if any(operation.stem == path.lower() for operation in operations_of(other)):
        raise UsageError(
            f"{path} is an operation of {other}, not of {api}.",
            f"Choose {other} as the API version.",
        )
    raise UnknownOperation(text.strip(), _nearest(path, catalogue), not_given(path))


def _check_has_codes_below(operation: Operation) -> None:
    from .codes import schemes

    if operation.stem not in schemes():
        raise UsageError(
            f"{operation.stem} has no codes below others.",
            f"Leave out the plus, or write {quote(WITH_BELOW)} if it is part of the name.",
        )


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
    required = target.operation.required
    missing = [name for name in required if name not in dict(target.params)]
    if missing:
        example = "&".join(f"{name}=…" for name in required)
        raise UsageError(
            f"{target.operation.stem} needs {' and '.join(missing)}.",
            f"Write '{target.operation.stem}?{example}'.",
        )
    return target


def _with(target: Target, filters: Mapping[str, str], params: Params) -> Target:
    if not filters and not params:
        return target
    for name in filters:
        if name not in target.operation.filters:
            takes = ", ".join(target.operation.filters) or "no filters"
            raise UsageError(
                f"{target.label} doesn't take the filter {name}; it takes {takes}.",
                Advice.SEND_ANYWAY,
                name=name,
            )
        _check_filter(name, filters[name])
    given = dict(target.params)
    for name, value in filters.items():
        if given.get(name, value) != value:
            raise UsageError(
                f"{target.label} has {name}={given[name]} already, and not {value}.",
                "Leave out one of them.",
            )
    new = {name: value for name, value in filters.items() if name not in given}
    further = (*sorted(new.items()), *params)
    _checked_text("".join(map("".join, further)))
    return Target(target.operation, target.value, (*target.params, *further))


def _check_filter(name: str, value: str) -> None:
    if name == "year_published" and not (value.isascii() and value.isdigit() and len(value) == 4):
        raise UsageError(f"The year is a number such as 2024, not '{value}'.")
    from .codes import built_in, nearest  # the classification is large, and seldom needed here

    if name == "scope_code" and value not in {code.code for code in built_in("scopes")}:
        near = nearest(value, built_in("scopes"))
        known = ", ".join(f"{one.code} ({one.description})" for one in near)
        raise UsageError(
            f"There is no scope '{value}'.",
            f"Did you mean {known}?" if known else "The operation scopes lists them.",
        )


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
        found = [op.path for op in catalogue if path and path.lower() in op.path.lower()]
    return tuple(found[:3])
