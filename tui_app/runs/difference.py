"""What changed between two saved runs: assessments added, removed and changed, taxon by taxon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from sys import intern
from typing import Any, Final

import msgspec

from tui_app.redlist import Cell
from tui_app.redlist.errors import UsageError
from tui_app.redlist.status import THREAT, category_pe, preferred
from tui_app.store import RunRow, RunState, Store

from .columns import column_like
from .records import RunRecords
from .records_table import RecordsView, cells_of
from .summary import DEMO, SOURCE_COLUMN

COMPARED: Final = ("red_list_category_code", "year_published", "assessment_id")
"""Compared in any case; each has a column before and one after."""

_CATEGORY, _YEAR, _ID = range(len(COMPARED))

_SAME_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "sis_taxon_id": ("sis_taxon_id", "taxonid", "taxon_sis_id"),
    "scientific_name": ("matched_name", "taxon_scientific_name", "scientific_name"),
    "scopes": ("scopes_description", "scopes"),
    "red_list_category_code": ("red_list_category_code", "category"),
}
"""Columns of one meaning: those of a v4 list, of v3, of a full assessment, of names."""

_READ: Final = ("sis_taxon_id", "scientific_name", "scopes", "latest")
"""What is read besides what is compared."""

_FLAGS: Final = ("possibly_extinct", "possibly_extinct_in_the_wild")

_GLOBAL: Final = "Global"

UP, DOWN, OTHER = "up-listed", "down-listed", "changed otherwise"
ADDED, REMOVED, CHANGED, SAME = "added", "removed", "changed", "same"

_Key = tuple[Cell, str] | Cell


class _Standing(msgspec.Struct, frozen=True, gc=False):
    """What a run says of a taxon in a scope."""

    taxon: Cell
    name: Cell
    scopes: Cell
    latest: Cell
    category: str | None  # with the flags of an assessment that is possibly extinct
    values: tuple[Cell, ...]  # of what is compared, in its order


def release_of(row: RunRow, fetched: str = "") -> str:
    """``Red List 2025-2, fetched 2026-01-31``; of synthetic data ``DEMO`` before it."""
    version = f"Red List {row.red_list_version or 'of an unknown version'}"
    return (
        f"{'DEMO, ' * (row.source == 'demo')}{version}, fetched {(fetched or row.fetched_utc)[:10]}"
    )


def pair_of_runs(store: Store, before: str, after: str) -> tuple[RunRow, RunRow]:
    """Two runs to compare, each by its id, ``last``, a Red List version or an operation.

    Of several runs that are meant, the newest two with the same operations are taken.

    Raises:
        UsageError: there is no such run, or no two.
    """
    firsts, seconds = _meant(store, before), _meant(store, after)
    pairs = [(one, other) for other in seconds for one in firsts if one.run != other.run]
    alike = [pair for pair in pairs if pair[0].operations == pair[1].operations]
    # A run of several operations stands for one of them only where there is no run of that alone.
    own = [
        (one, other)
        for one, other in (alike if before == after else pairs)
        if _is_of(one, before) >= any(_is_of(row, before) for row in firsts)
        and _is_of(other, after) >= any(_is_of(row, after) for row in seconds)
    ]
    if before != after and alike:
        return alike[0]
    if own:
        return own[0]
    run = firsts[0].run
    if before in ("last", run) and after in ("last", run):
        raise UsageError(f"Both are run {run}.", "Give two different runs.")
    asked = after if before in ("last", run) else before
    raise UsageError(
        f"There is only one run of {asked}: run {run}.",
        "Fetch it again later, or give the ids of two runs.",
    )


def _is_of(row: RunRow, text: str) -> bool:
    """Whether a run is of nothing else than what a text means."""
    return text not in row.operations or len(row.operations) == 1


def _meant(store: Store, text: str) -> list[RunRow]:
    """The runs that a text means: complete ones, of nothing else, and the newest come first."""
    if text == "last" or text.isdigit():
        return [store.run(text)]
    found = [
        row
        for row in store.runs()
        if row.comparison is None
        and (text == row.red_list_version or text in (row.name, row.label, *row.operations))
    ]
    if not found:
        return [store.run(text)]  # says that there is none

    def rank(row: RunRow) -> tuple[bool, bool]:
        return row.state is not RunState.COMPLETE, not _is_of(row, text)

    return sorted(found, key=rank)


class Difference:
    """Two runs compared by taxon and scope; by assessment where one of them names no taxa.

    Of several assessments of a taxon and scope in one run the latest counts, else the newest.
    Reads both runs: about three seconds for 160,000 rows of each.

    Attributes:
        runs: the two.
        columns: of :meth:`rows`.
        counts: how many are up-listed, down-listed, added and removed, have changed otherwise, or
            are the same.
        doubts: sentences on why a difference may be none of the Red List's.
        damage: a sentence on saved responses that are damaged and left out; mostly empty.

    Raises:
        UsageError: a run has neither taxa nor assessments, or no such field.
    """

    def __init__(
        self, store: Store, before: RunRow, after: RunRow, fields: Sequence[str] = ()
    ) -> None:
        self.runs = runs = before, after
        sources = [RunRecords(store, row) for row in runs]
        headers = [RecordsView(one).columns or one.columns_if_empty() for one in sources]
        named = [column_like(field, headers[0] + headers[1]) for field in fields]
        self._fields = tuple(dict.fromkeys((*COMPARED, *named)))
        # A field that one run knows nothing of (categories in lists of 2024) has not changed.
        self._known = [
            place
            for place, field in enumerate(self._fields)
            if field in named or all(_column(field, header) for header in headers)
        ]
        by_taxon = all(_column("sis_taxon_id", header) for header in headers)
        for row, header in zip(runs, headers, strict=True):
            if header and not by_taxon and "assessment_id" not in header:
                raise UsageError(
                    f"Run {row.run} has neither taxa nor assessments to compare.",
                    "Choose a run of a list of assessments, of taxa, or of names.",
                )
        # Nor has a taxon changed because one run doesn't say whether it is possibly extinct.
        flags = tuple(flag if all(flag in one for one in headers) else "" for flag in _FLAGS)
        read = (*_READ, *flags, *self._fields)
        self._before, self._after = (
            _standings(source, header, read, by_taxon=by_taxon)
            for source, header in zip(sources, headers, strict=True)
        )
        self._demo = any(row.source == "demo" for row in runs)
        self.doubts = _doubts(*runs)
        damaged = [(row, source.damage) for row, source in zip(runs, sources, strict=True)]
        self.damage = " ".join(f"Run {row.run}: {damage}" for row, damage in damaged if damage)
        self.columns: tuple[str, ...] = (
            *("change", "sis_taxon_id", "scientific_name", "scopes"),
            *(f"{name}_{when}" for name in self._fields for when in ("before", "after")),
            *((SOURCE_COLUMN,) if self._demo else ()),
        )
        self.counts: Counter[str] = Counter()
        for key, now in self._after.items():
            then = self._before.get(key)
            self.counts[ADDED if then is None else self._kind(then, now)] += 1
        self.counts[REMOVED] = sum(key not in self._after for key in self._before)

    @property
    def summary(self) -> str:
        """``12 up-listed, 3 down-listed, 40 added, 2 removed``, and what else there is."""
        always = (UP, DOWN, ADDED, REMOVED)
        said = [one for one in (*always, OTHER, SAME) if one in always or self.counts[one]]
        return ", ".join(f"{self.counts[one]:,} {one}" for one in said)

    def rows(self, *, everything: bool = False) -> Iterator[dict[str, Cell]]:
        """A row for each that changed, was added, was removed; ``everything``: the same, too."""
        for key, now in self._after.items():
            then = self._before.get(key)
            if then is not None and self._kind(then, now) != SAME:
                yield self._row(CHANGED, then, now)
        for key, now in self._after.items():
            if key not in self._before:
                yield self._row(ADDED, None, now)
        for key, then in self._before.items():
            if key not in self._after:
                yield self._row(REMOVED, then, None)
        for key, now in self._after.items() if everything else ():
            then = self._before.get(key)
            if then is not None and self._kind(then, now) == SAME:
                yield self._row(SAME, then, now)

    def _kind(self, then: _Standing, now: _Standing) -> str:
        if then.values == now.values and then.category == now.category:
            return SAME
        if then.category != now.category and _CATEGORY in self._known:
            one, other = THREAT.get(then.category or ""), THREAT.get(now.category or "")
            if one is None or other is None or one == other:
                return OTHER
            return UP if other > one else DOWN
        changed = any(then.values[place] != now.values[place] for place in self._known)
        return OTHER if changed else SAME

    def _row(self, change: str, then: _Standing | None, now: _Standing | None) -> dict[str, Cell]:
        some = now or then
        assert some is not None
        blank = (None,) * len(self._fields)
        pairs = zip(then.values if then else blank, now.values if now else blank, strict=True)
        cells = (change, some.taxon, some.name, some.scopes, *(one for two in pairs for one in two))
        return dict(zip(self.columns, (*cells, *((DEMO,) if self._demo else ())), strict=True))


def _column(name: str, columns: Sequence[str]) -> str | None:
    """The column that has a field, under whichever of its names."""
    return next((one for one in _SAME_AS.get(name, (name,)) if one in columns), None)


def _standings(
    source: RunRecords, columns: Sequence[str], read: Sequence[str], *, by_taxon: bool
) -> dict[_Key, _Standing]:
    names = tuple(_column(name, columns) or name for name in read)
    found: dict[_Key, _Standing] = {}
    # v3's lists are global, and so is what names no scopes.
    scope_of = cache(lambda cell: "|".join(sorted(str(cell or "").split("|"))))
    everywhere = None if _column("scopes", columns) else _GLOBAL
    for taxon, name, scopes, latest, extinct, in_the_wild, *cells in cells_of(source, names):
        # Of equal texts one, which all rows share.
        values = tuple([intern(cell) if type(cell) is str else cell for cell in cells])
        key: _Key = values[_ID]
        if by_taxon and taxon is not None:
            key = taxon, everywhere or scope_of(scopes)
        if key is None:
            continue
        code = values[_CATEGORY]
        category = code if isinstance(code, str) else None
        if category == "CR":
            flags = zip(_FLAGS, (extinct, in_the_wild), strict=True)
            category = category_pe({"red_list_category_code": category, **dict(flags)})
        now = _Standing(taxon, name, scopes, latest, category, values)
        then = found.get(key)
        found[key] = now if then is None or _counts(now, then) else then
    return found


def _counts(now: _Standing, then: _Standing) -> bool:
    """Whether of two assessments of a taxon and scope it is the first that counts."""
    one, other = (
        {"latest": each.latest, "year_published": each.values[_YEAR]} for each in (then, now)
    )
    return preferred((one, other)) is other


def _doubts(before: RunRow, after: RunRow) -> list[str]:
    doubts = []
    if before.operations != after.operations or _chosen(before) != _chosen(after):
        lists = f": {before.label} and {after.label}"
        if before.label == after.label:
            lists = f" of {before.label}, by pages, filters or options"
        doubts.append(
            f"The runs fetched different lists{lists}. Rows that only one of the lists has are "
            "added or removed."
        )
    for row, how in ((before, ADDED), (after, REMOVED)):
        if row.state is not RunState.COMPLETE:
            doubts.append(f"Run {row.run} is incomplete: rows that it lacks are shown as {how}.")
    return doubts


def _chosen(row: RunRow) -> tuple[Any, ...]:
    """The settings that choose a run's rows."""
    return tuple(row.settings.get(name) for name in ("pages", "intersect", "only", "lines"))
