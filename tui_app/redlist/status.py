"""Which of a taxon's assessments is its status, and the status as index calculations want it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from .decode import Record, decode_page, listed_ids, objects
from .operations import Operation, Params
from .text import visible

T = TypeVar("T", bound=Hashable)

_LATEST: Final = ("latest", "true")
_GLOBAL: Final = "1"
"""The scope of an assessment of the whole taxon."""
_GLOBAL_NAME: Final = "Global"
_SCOPES_NAMED: Final = 2
_SCOPE_CHARACTERS: Final = 40
"""Of a scope's name in a sentence."""


class _Assessments(msgspec.Struct, gc=False):
    assessments: list[dict[str, Any] | None] | None = None


_ASSESSMENTS: Final = msgspec.json.Decoder(_Assessments)


def assessment_ids(operation: Operation, body: bytes, only: Params = ()) -> tuple[int, ...]:
    """Ids of the assessments that a checked body lists, in its order.

    ``only`` are filters that choose among the assessments of a taxon (``latest``, ``scope_code``,
    ``year_published``), because the API takes none for a taxon. With ``latest=true`` exactly one
    is chosen: see :func:`preferred`.
    """
    if not operation.lists_assessments:
        return ()
    if operation.paged:
        return listed_ids(decode_page(operation, body))
    try:
        rows = _ASSESSMENTS.decode(body).assessments
    except msgspec.MsgspecError:  # a taxon without a list that could be read: its row is kept
        return ()
    found = (row.get("assessment_id") for row in chosen(objects(rows), only))
    return tuple(one for one in found if isinstance(one, int) and not isinstance(one, bool))


def chosen(assessments: Iterable[Record], only: Params) -> list[Record]:
    """Those of a taxon's assessments that pass filters; with ``latest=true`` the preferred one."""
    if _LATEST in only:
        best = preferred(assessments, only)
        return [] if best is None else [best]
    return [row for row in assessments if passes(row, only)]


def preferred(assessments: Iterable[Record], only: Params = ()) -> Record | None:
    """Of a taxon's assessments, the one that is its status; None if there is none.

    That is the latest one of global scope, else the latest one, else the one published last;
    among equals a global one, then the first listed. ``latest`` is per scope, so that a taxon
    may have several latest assessments, and some taxa have none. ``only`` it has to pass, but for
    ``latest``.
    """
    wanted = tuple(one for one in only if one[0] != "latest")
    rows = (row for row in assessments if passes(row, wanted))
    return max(rows, key=_standing, default=None)


def passes(row: Record, only: Params) -> bool:
    """Whether a row of a taxon's assessments passes filters as the API would apply them."""
    for name, wanted in only:
        if name == "scope_code":
            if wanted not in (str(scope.get("code")) for scope in objects(row.get("scopes"))):
                return False
        elif str(row.get(name)).lower() != wanted.lower():
            return False
    return True


def taxon_id(row: Record) -> int | str | None:
    """The taxon that a row is of; None where it names none."""
    taxon = row.get("sis_taxon_id")
    return taxon if isinstance(taxon, int | str) else None


def one_per_taxon(rows: Iterable[tuple[T, Hashable, Record]]) -> set[T]:
    """Choose the rows that are their taxa's status, see :func:`preferred`; gives their names.

    Each of ``rows`` is a name for the row, its taxon, and the row. A row whose taxon is None is
    always chosen.
    """
    chosen: set[T] = set()
    best: dict[Hashable, tuple[tuple[bool, bool, int, bool], T]] = {}
    for name, taxon, row in rows:
        if taxon is None:
            chosen.add(name)
            continue
        standing = _standing(row)
        if taxon not in best or standing > best[taxon][0]:
            best[taxon] = standing, name
    chosen.update(name for _, name in best.values())
    return chosen


class SeveralLatest(NamedTuple):
    """Taxa with more than one latest assessment, because ``latest`` is per scope."""

    taxa: int
    scopes: tuple[str, ...]  # of these assessments: Global, then the most frequent

    def __str__(self) -> str:
        """In words: ``312 taxa have more than one latest assessment (Global, Europe…).``."""
        have = "taxon has" if self.taxa == 1 else "taxa have"
        more = "…" if len(self.scopes) > _SCOPES_NAMED else ""
        named = f" ({', '.join(self.scopes[:_SCOPES_NAMED])}{more})" if self.scopes else ""
        return f"{self.taxa:,} {have} more than one latest assessment{named}."


def several_latest(rows: Iterable[Record]) -> SeveralLatest:
    """Count the taxa that have several latest assessments among these rows."""
    latest: dict[int | str, tuple[tuple[object, tuple[str, ...]], ...]] = {}
    same: dict[tuple[str, ...], tuple[str, ...]] = {}  # a list has few different scopes
    for row in rows:
        taxon, one = taxon_id(row), row.get("assessment_id")
        if taxon is None or not _is_latest(row):
            continue
        known = latest.get(taxon, ())
        if all(one != other for other, _ in known):  # several operations may list it
            scopes = tuple(_scope_name(scope) for scope in objects(row.get("scopes")))
            latest[taxon] = (*known, (one, same.setdefault(scopes, scopes)))
    several = [found for found in latest.values() if len(found) > 1]
    counts = Counter(scope for found in several for _, scopes in found for scope in scopes)
    ordered = sorted(counts, key=lambda scope: (scope != _GLOBAL_NAME, -counts[scope], scope))
    return SeveralLatest(len(several), tuple(ordered))


def _scope_name(scope: Record) -> str:
    description = scope.get("description")
    name = description.get("en") if isinstance(description, dict) else None
    return visible(str(name or scope.get("code")), _SCOPE_CHARACTERS)


def _is_latest(row: Record) -> bool:
    return str(row.get("latest")).lower() == "true"


def _standing(row: Record) -> tuple[bool, bool, int, bool]:
    latest = _is_latest(row)
    everywhere = any(str(scope.get("code")) == _GLOBAL for scope in objects(row.get("scopes")))
    return latest and everywhere, latest, year_of(row), everywhere


def year_of(assessment: Record) -> int:
    """The year in which an assessment was published; 0 where that is no year."""
    year = str(assessment.get("year_published")).strip()
    return int(year) if year.isascii() and year.isdigit() and len(year) < 10 else 0


_BY_THREAT: Final = "LC LR/lc,NT LR/nt LR/cd,VU,EN,CR,CR(PEW),CR(PE),RE,EW,EX"
THREAT: Final = {
    code: rank for rank, codes in enumerate(_BY_THREAT.split(",")) for code in codes.split()
}
"""Categories by threat, the least first; DD, NE and those from before 1994 have no rank."""


def category_pe(assessment: Record) -> str | None:
    """The category with its flags, as index calculations want it: ``CR(PE)``, ``CR(PEW)``.

    Of a row of a list and of a full assessment; other categories are as the API says.
    """
    full = assessment.get("red_list_category")
    code = assessment.get("red_list_category_code") or (
        full.get("code") if isinstance(full, dict) else None
    )
    if not isinstance(code, str):
        return None
    for flag, mark in (("possibly_extinct", "PE"), ("possibly_extinct_in_the_wild", "PEW")):
        if code == "CR" and str(assessment.get(flag)).lower() == "true":
            return f"{code}({mark})"
    return code
