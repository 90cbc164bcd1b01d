"""What the picker finds for words that are typed: operations, codes by their meaning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import SequenceMatcher
from functools import cache
from typing import Final, NamedTuple

from tui_app.redlist import (
    IDS,
    NAMES,
    Api,
    Kind,
    Operation,
    Target,
    make_query,
    operations_of,
)
from tui_app.redlist.codes import Code, built_in, full_description, nearest, parents
from tui_app.redlist.errors import RedListError
from tui_app.redlist.names_file import SCIENTIFIC_NAME
from tui_app.redlist.operations import WITH_BELOW, not_given
from tui_app.redlist.text import counted

MOST_SHOWN: Final = 400
"""Longer lists are cut: they want a word more."""
MOST_FOUND: Final = 100
"""Of all operations and codes, where best matches come first."""

TRY: Final = (
    "No matches. Try part of a meaning (Madagascar, logging), a path (countries/MG), a scientific "
    "name (Panthera leo) or an id."
)
"""Where nothing is found."""
AS_TYPED: Final = "as typed"
"""Stands beside a code that no list has."""
UNLISTED: Final = "Not in the built-in lists"
"""The heading of operations that take what was typed as their value."""

_FIRST: Final = ("red_list_categories", "countries", "comprehensive_groups")
"""Whose codes come before those of other lists that match as well."""
_PARTING: Final = re.compile("[^a-z0-9]+")
_LONGEST_WORD: Final = 60
_ALIKE: Final = 0.75
_MOST_ALIKE: Final = 8
_NAME: Final = re.compile("[A-Za-z-]{3,40}")
_ENDINGS: Final = {
    "family": ("idae", "aceae"),
    "order": ("formes", "ales", "ptera"),
    "class": ("opsida", "mycetes", "phyceae"),
}
"""How names of a rank end."""


class FoundRow(NamedTuple):
    """A row to choose."""

    text: str  # the operation or code: ``countries/{code}``, ``8_1_2``
    words: str  # what it means
    group: str = ""  # the heading under which it stands
    depth: int = 0  # steps below the outermost code
    operation: Operation | None = None  # None: it is chosen as it stands
    context: bool = False  # whether it only shows where the rows below it belong


class Found(NamedTuple):
    """Rows for what was typed, in the order of the whole list."""

    rows: tuple[FoundRow, ...]
    best: int | None  # index of the row that is meant most likely
    left_out: int = 0  # how many more there are
    note: str = ""  # what to know where nothing has what was typed


_GROUPS: Final = {
    Kind.PAGED: "Lists of assessments",
    Kind.RECORD: "One record",
    Kind.CODES: "Code lists",
    Kind.ANSWER: "One response",
}
_OWN: Final = (
    FoundRow(NAMES, "taxa and their assessments for a list of names", "Your own list"),
    FoundRow(IDS, "full assessments for a list of ids", "Your own list"),
)


def all_operations(api: Api) -> tuple[FoundRow, ...]:
    """A row for each operation of a version, by kind."""
    rows: list[FoundRow] = []
    for kind, group in _GROUPS.items():
        alike = (one for one in operations_of(api) if one.kind is kind)
        rows += [FoundRow(one.path, one.help, group, 0, one) for one in alike]
        if kind is Kind.PAGED and api == "v4":
            rows += _OWN
    return tuple(rows)


class _Entry(NamedTuple):
    """A row with the text by which it is found, in lower case."""

    row: FoundRow
    path: str  # that of the operation, or of the code
    names: tuple[str, ...]  # the operation's path and its words; or the code and its title
    named: str  # the same and their words, each after a blank
    meaning: str  # besides, what it means and what stands above it
    all: str  # besides, its path
    is_code: bool


def _entry(row: FoundRow, names: Iterable[str], more: str, *, is_code: bool) -> _Entry:
    names, path = tuple(name.casefold() for name in names), row.text.casefold()
    named = " ".join(f" {name} {_PARTING.sub(' ', name)}" for name in names)
    meaning = f"{named} {_PARTING.sub(' ', more.casefold())}"
    everything = f"{meaning} {path} {_PARTING.sub(' ', path)}"
    return _Entry(row, path, names, named, meaning, everything, is_code)


class OperationIndex:
    """Finds operations and codes of a version of the API by their words.

    Args:
        api: the version; v3 has no codes.
        saved: code lists that a server sent, by path; else those that are built in.
    """

    def __init__(self, api: Api, saved: Mapping[str, Sequence[Code]] | None = None) -> None:
        self._api = api
        self._operations = all_operations(api)
        # Who types "countries" wants those of a country rather than the list of codes.
        rows = sorted(self._operations, key=lambda row: "/{" not in row.text)
        self._entries = [
            _entry(
                row._replace(group=""),
                (stem := row.text.partition("/{")[0], *_PARTING.split(stem)),
                f"{row.words} {row.group}",
                is_code=False,
            )
            for row in rows
        ]
        taking = {one.stem: one for one in operations_of(api) if one.takes or one.required}
        for stem in (*_FIRST, *(one for one in taking if one not in _FIRST)):
            if stem in taking:
                codes = (saved or {}).get(stem) or built_in(stem)
                if stem == "red_list_categories":  # of E and EN the last one is in use
                    codes = tuple(reversed(codes))
                self._entries += self._entries_of(taking[stem], codes)

    def _entries_of(self, operation: Operation, codes: Sequence[Code]) -> Iterator[_Entry]:
        titles = {one.code: one.description for one in codes}
        numbers = Counter(over for code in titles for over in parents(code))
        for code, title in titles.items():
            if operation.takes is None:
                label = Target(operation, None, ((operation.required[0], code),)).label
            else:
                label = Target(operation, code).label
            meaning = full_description(code, titles)
            words = meaning or operation.help.replace("one ", "this ")
            names = (code, title) if title else (code,)
            yield _entry(FoundRow(label, words), names, meaning, is_code=True)
            if numbers[code]:
                below = f"{words}, with all {counted(numbers[code], 'code')} below it"
                row = FoundRow(f"{label}{WITH_BELOW}", below)
                yield _entry(row, names, meaning, is_code=True)

    def find(self, typed: str) -> Found:
        """What was typed, best first: by name, by the start of a name, of a word, by a part of one.

        Every word has to be found. Where there is nothing, rows that are spelt alike; and paths in
        which what was typed is the value. Empty where the words name what the API doesn't have.
        """
        wanted = " ".join(typed.casefold().split())
        if not wanted:
            return Found(self._operations, 0 if self._operations else None)
        words = wanted.split()
        ranked = [(rank, one) for one in self._entries if (rank := _rank(one, wanted, words)) < 6]
        # Stable: operations come before codes. EX is not Ex.
        ranked.sort(key=lambda pair: (pair[0], typed.strip() not in pair[1].row.text))
        rows = [one.row for _, one in ranked]
        as_typed = _as_typed(typed, self._api)
        known = {row.text.casefold() for row in rows}
        if as_typed is not None and as_typed.text.casefold() not in known:
            rows.insert(0, as_typed)
        note = not_given(typed)
        if not rows and not note:
            note = TRY
            rows = [*self._alike(wanted), *_values(typed, self._api)]
        shown = tuple(rows[:MOST_FOUND])
        return Found(shown, 0 if shown else None, len(rows) - len(shown), note)

    def _alike(self, wanted: str) -> list[FoundRow]:
        """The rows with a name that is spelt nearly like what was typed, best first."""
        if not 4 <= len(wanted) <= _LONGEST_WORD:
            return []
        matcher = SequenceMatcher(None, "", wanted, autojunk=False)
        scored: list[tuple[float, int, FoundRow]] = []
        for entry in self._entries:
            best = max(_likeness(matcher, name) for name in entry.names)
            if best >= _ALIKE:
                scored.append((-best, len(scored), entry.row))
        return [row._replace(group="Similar") for _, _, row in sorted(scored)[:_MOST_ALIKE]]


@cache
def built_in_index(api: Api) -> OperationIndex:
    """What is found where no list of a server is saved."""
    return OperationIndex(api)


def _rank(entry: _Entry, wanted: str, words: Sequence[str]) -> int:
    """0 where a name is what was typed, more where less fits; 6 where nothing does."""
    names, named, everything = entry.names, entry.named, entry.all
    if not all(word in everything for word in words):
        return 6
    if wanted in names or wanted == entry.path:
        return 0
    # Who types "countr" means the operation, not each country.
    paths = () if entry.is_code and "/" not in wanted else (entry.path,)
    if any(name.startswith(wanted) for name in (*names, *paths)):
        return 1
    if all(f" {word}" in named for word in words):
        return 2
    if all(word in named for word in words):
        return 3
    if entry.is_code and not any(word in entry.meaning for word in words):
        return 6
    return 4 if all(f" {word}" in everything for word in words) else 5


def _likeness(matcher: SequenceMatcher[str], name: str) -> float:
    matcher.set_seq1(name)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()


def _as_typed(typed: str, api: Api) -> FoundRow | None:
    """What is an operation as it stands: ``countries/MG``."""
    if "/" in typed:
        with suppress(RedListError):
            query = make_query([typed], api)
            return FoundRow(query.operations[0], f"as typed: {query.targets[0].operation.help}")
    return None


def _values(typed: str, api: Api) -> Iterator[FoundRow]:
    """Operations with what was typed as their value: a name or number that no list here has."""
    words = typed.split()
    if api == "v4" and len(words) == 1 and words[0].isascii() and words[0].isdigit():
        for path in ("assessment/{assessment_id}", "taxa/sis/{sis_id}"):
            operation = next(one for one in operations_of(api) if one.path == path)
            yield FoundRow(Target(operation, words[0]).label, operation.help, UNLISTED)
    elif api == "v4" and len(words) == 2 and all(map(_NAME.fullmatch, words)):
        name = zip(SCIENTIFIC_NAME.required, (words[0].capitalize(), words[1]), strict=True)
        label = Target(SCIENTIFIC_NAME, None, tuple(name)).label
        yield FoundRow(label, SCIENTIFIC_NAME.help, UNLISTED)
    elif api == "v4" and len(words) == 1 and _NAME.fullmatch(words[0]):
        lists = {one.stem: one for one in operations_of(api) if one.takes}
        for rank, endings in _ENDINGS.items():
            if words[0].casefold().endswith(endings):
                about = f"as typed: the server may have this {rank}"
                yield FoundRow(f"taxa/{rank}/{words[0].capitalize()}", about, UNLISTED)
        for rank in _ENDINGS:
            about, operation = f"search the server's list of each {rank}", lists[f"taxa/{rank}"]
            yield FoundRow(operation.path, about, UNLISTED, operation=operation)


def find_codes(typed: str, codes: Sequence[Code]) -> Found:
    """Codes in which every typed word occurs, each below the codes that it belongs to.

    Where there is none, those that look like what was typed. A code that has others below it is
    followed by a row for all of them: ``5+``.
    """
    titles = {one.code: one.description for one in codes}
    words = typed.strip().removesuffix(WITH_BELOW).casefold().split()
    # What stands below "Logging" is about logging too.
    matching = {code for code in titles if _has(f"{code} {full_description(code, titles)}", words)}
    matching = matching or {one.code for one in nearest(typed, codes, n=8)}
    above = {over for code in matching for over in parents(code)}
    numbers = Counter(over for code in titles for over in parents(code))
    rows = []
    for code, words_of in titles.items():
        depth = sum(over in titles for over in parents(code))
        if code in matching or code in above:
            rows.append(FoundRow(code, words_of, depth=depth, context=code not in matching))
        if code in matching and numbers[code]:
            with_all = f"with all {counted(numbers[code], 'code')} below it"
            rows.append(FoundRow(f"{code}{WITH_BELOW}", with_all, depth=depth))
    return _found(rows, typed)


def with_typed(found: Found, typed: str) -> Found:
    """What was found, and what was typed as it stands: no list is sure to be complete."""
    typed = typed.strip()
    if not typed or any(row.text.casefold() == typed.casefold() for row in found.rows):
        return found
    best = len(found.rows) if found.best is None else found.best
    return Found((*found.rows, FoundRow(typed, AS_TYPED)), best, found.left_out)


def _found(rows: list[FoundRow], typed: str) -> Found:
    shown = tuple(rows[:MOST_SHOWN])
    return Found(shown, _best(shown, typed) if rows else None, len(rows) - len(shown))


def _best(rows: Sequence[FoundRow], typed: str) -> int:
    scores = [_score(row, typed) for row in rows]
    alike = [at for at, score in enumerate(scores) if score == max(scores)]
    for at in alike:
        if rows[at].text == typed.strip():  # EX is not Ex
            return at
    # Where two codes mean the same, the last one is the one in use: V and VU, E and EN.
    words = rows[alike[0]].words
    return max(at for at in alike if rows[at].words == words) if words else alike[0]


def _score(row: FoundRow, typed: str) -> int:
    text, said, wanted = row.text.casefold(), row.words.casefold(), typed.strip().casefold()
    if row.context:
        return -1
    fits = (
        text == wanted,
        said == wanted,
        text.startswith(wanted),
        said.startswith(wanted) or f"/{wanted}" in text,
        wanted in text,
        True,
    )
    return len(fits) - fits.index(True)


def _has(text: str, words: Iterable[str]) -> bool:
    text = text.casefold()
    spaced = text.replace("_", " ")
    return all(word in text or word in spaced for word in words)
