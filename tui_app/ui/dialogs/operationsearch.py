"""What the picker finds: operations and codes for words that are typed. No widgets here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tui_app.redlist import IDS, NAMES, Api, Kind, Operation, operations_of, parse_target
from tui_app.redlist.codes import Code, full_description, nearest, parents
from tui_app.redlist.errors import RedListError

MOST_SHOWN: Final = 400
"""Longer lists are cut: they want a word more."""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row to choose.

    Attributes:
        text: the operation or code: ``countries/{code}``, ``8_1_2``.
        words: what it means.
        group: the heading under which it stands, or empty.
        depth: steps below the outermost code.
        operation: whose row it is; None for one that is chosen as it stands.
        context: whether it only shows where the rows below it belong.
    """

    text: str
    words: str
    group: str = ""
    depth: int = 0
    operation: Operation | None = None
    context: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Rows for what was typed.

    Attributes:
        rows: in the order of the whole list.
        best: index of the row that is meant most likely; None where nothing was found.
        left_out: how many more there are.
    """

    rows: tuple[FoundRow, ...]
    best: int | None
    left_out: int = 0


_GROUPS: Final = {
    Kind.PAGED: "Lists of assessments",
    Kind.RECORD: "One record",
    Kind.CODES: "Code lists",
    Kind.ANSWER: "One answer",
}
_OWN: Final = (
    FoundRow(NAMES, "taxa and their assessments, of a list of names", "A list of yours"),
    FoundRow(IDS, "assessments in full, of a list of their ids", "A list of yours"),
)


def all_operations(api: Api) -> tuple[FoundRow, ...]:
    """A row for each operation of a version, by kind."""
    catalogue = operations_of(api)
    by_kind = {
        kind: tuple(
            FoundRow(one.path, one.help, group, 0, one) for one in catalogue if one.kind is kind
        )
        for kind, group in _GROUPS.items()
    }
    own = _OWN if api == "v4" else ()
    return (*by_kind[Kind.PAGED], *own, *by_kind[Kind.RECORD], *by_kind[Kind.CODES],
            *by_kind[Kind.ANSWER])  # fmt: skip


def find_operations(typed: str, api: Api) -> Found:
    """Operations in whose path, help or kind every typed word occurs.

    Where there is none, those that have the typed letters in their order. What is an operation
    as it stands (``countries/MG``) comes first.
    """
    rows = all_operations(api)
    words = _words(typed)
    if not words:
        return Found(rows, 0 if rows else None)
    texts = [f"{row.text} {row.words} {row.group}" for row in rows]
    found = [row for row, text in zip(rows, texts, strict=True) if _has(text, words)]
    written = as_written(typed, api) if "/" in typed else None
    if written is not None and all(row.text != written.text for row in found):
        found.insert(0, written)
    return _found(found, typed) if found else _like(typed, rows)


def as_written(typed: str, api: Api) -> FoundRow | None:
    """A row for an operation that was typed in full, with its code; None where it is none."""
    try:
        target = parse_target(typed, api)
    except RedListError:
        return None
    return FoundRow(target.label, target.operation.help, "As typed")


def find_codes(typed: str, codes: Sequence[Code]) -> Found:
    """Codes in which every typed word occurs, each below the codes that it belongs to.

    Where there is none, those that look like what was typed.
    """
    known = {one.code: one for one in codes}
    words = _words(typed)
    if not words:
        matching = list(known)
    else:
        # What stands below "Logging" is about logging too.
        titles = {one.code: one.description for one in codes}
        matching = [
            one.code
            for one in codes
            if _has(f"{one.code} {full_description(one.code, titles)}", words)
        ]
        if not matching:
            matching = [one.code for one in nearest(typed, codes, n=8)]
    above = {over for code in matching for over in parents(code) if over in known}
    wanted = set(matching)
    rows = [
        FoundRow(
            one.code,
            one.description,
            depth=sum(over in known for over in parents(one.code)),
            context=one.code not in wanted,
        )
        for one in known.values()
        if one.code in wanted or one.code in above
    ]
    return _found(rows, typed)


def with_typed(found: Found, typed: str) -> Found:
    """What was found, and what was typed as it stands: no list is sure to be complete."""
    typed = typed.strip()
    if not typed or any(row.text.casefold() == typed.casefold() for row in found.rows):
        return found
    row = FoundRow(typed, "as typed")
    return Found((*found.rows, row), len(found.rows) if found.best is None else found.best,
                 found.left_out)  # fmt: skip


def _found(rows: list[FoundRow], typed: str) -> Found:
    if not rows:
        return Found((), None)
    shown = rows[:MOST_SHOWN]
    return Found(tuple(shown), _best(shown, typed), len(rows) - len(shown))


def _best(rows: Sequence[FoundRow], typed: str) -> int:
    scores = [_score(row, typed) for row in rows]
    alike = [at for at, score in enumerate(scores) if score == max(scores)]
    for at in alike:
        if rows[at].text == typed.strip() and rows[at].operation is None:  # EX is not Ex
            return at
    # Where two codes mean the same, the last one is the one in use: V and VU, E and EN.
    words = rows[alike[0]].words
    return max(at for at in alike if rows[at].words == words) if words else alike[0]


def _score(row: FoundRow, typed: str) -> int:
    text, said, wanted = row.text.casefold(), row.words.casefold(), typed.strip().casefold()
    if row.context:
        return -1
    # Who types "countries" wants those of a country rather than the list of codes.
    if text == wanted or text.startswith(f"{wanted}/{{") or row.group == "As typed":
        return 5
    if said == wanted:
        return 4
    if text.startswith(wanted):
        return 3
    if said.startswith(wanted) or f"/{wanted}" in text:
        return 2
    return 1 if wanted in text else 0


def _words(typed: str) -> list[str]:
    return typed.casefold().split()


def _has(text: str, words: Iterable[str]) -> bool:
    text = text.casefold()
    spaced = text.replace("_", " ")
    return all(word in text or word in spaced for word in words)


def _like(typed: str, rows: Sequence[FoundRow]) -> Found:
    # Imported when it is needed: a form without a screen uses nothing of Textual.
    from textual.fuzzy import Matcher

    matcher = Matcher(typed.strip())
    scores = [max(matcher.match(row.text), matcher.match(row.words)) for row in rows]
    best = max(scores, default=0.0)
    if not best:
        return Found((), None)
    found = [(row, score) for row, score in zip(rows, scores, strict=True) if score >= best / 2]
    return Found(tuple(row for row, _ in found), [score for _, score in found].index(best))
