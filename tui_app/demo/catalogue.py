"""The catalogue: which assessments each list holds, and the facts of each assessment.

Lists are found by columns (:mod:`.columns`, :mod:`.traits`), single facts by number.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import chain, compress
from typing import Final

from tui_app.redlist import codes

from .columns import NEWEST, YEAR_0, Columns, both, opposite
from .hashing import mix, spread
from .names import Names
from .skeleton import PATTERNS, SLOTS, SPECIES, UNDATED, Skeleton, Slot
from .tables import COUNTRIES_BY_BREADTH, RANKS, clusters, lines, words
from .traits import Facet, make_facets

_KEPT_LISTS: Final = 48
_GREEN: Final = 182  # Green Status assessments
_WITHHELD: Final = 44_433
"""Draws what answers 404: none of crocodiles, cats, VA, or the first pages of CR, so that
``--details`` of a first example succeeds."""

_GROUP_STRIDE: Final = 97  # rows of a group don't ascend by id: each comes so many after the last

_CRITERIA: Final = {
    "CR": ("A2cd", "B1ab(iii)+2ab(iii)", "B2ab(iii,v)", "C2a(i); D", "D", "A4bcde", "C2a(i,ii)"),
    "EN": ("A2c", "B1ab(iii)", "B2ab(iii)", "B1ab(iii)+2ab(iii)", "C2a(ii)", "D", "A3ce"),
    "VU": ("A2cd", "B1ab(iii)", "D2", "C1", "D1+2", "B2ab(ii,iii)", "A4acd"),
}

_OUTDATED_IN: Final = 2017  # what is older needs updating: ten years count
_EU: Final = frozenset(words("european_union"))

Members = Sequence[int]


@cache
def london(day: date) -> str:
    """A day as the API writes it: midnight UTC on London's clocks, with their offset."""
    first, last = (
        date(day.year, month, 31) - timedelta(days=(date(day.year, month, 31).weekday() + 1) % 7)
        for month in (3, 10)
    )
    summer = first < day <= last  # clocks change at 01:00 UTC on the last Sundays
    return f"{day.isoformat()}T0{int(summer)}:00:00.000+0{int(summer)}:00"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None where nothing is asked."""

    latest: bool | None = None
    year: int | None = None
    scope: str | None = None
    possibly_extinct: bool | None = None
    possibly_extinct_in_the_wild: bool | None = None


class Catalogue:
    """All taxa and assessments of one seed: lists by what is asked, facts by number."""

    def __init__(self, seed: int = 0) -> None:
        """The catalogue of *seed*."""
        self.seed = seed
        self.columns = Columns(seed)
        self.skeleton = self.columns.skeleton
        self.names = Names(self.skeleton, seed)
        self.facets: dict[str, Facet] = make_facets(self.columns)
        self._lists: OrderedDict[object, Members] = OrderedDict()

    # -- lists -----------------------------------------------------------------------------

    def listed(self, path: str, code: str, filters: Filters = Filters()) -> Members | None:
        """The assessments of one list, in its order; None if there is no such list.

        Args:
            path: the API's path: a facet, ``comprehensive_groups``, ``taxa/family`` or such,
                ``taxa/possibly_extinct`` or ``taxa/possibly_extinct_in_the_wild``.
            code: the code, the group's or the taxon's name; empty where the path takes none.
            filters: what it is narrowed to.
        """
        return self._kept((path, code, filters), lambda: self._narrow(path, code, filters))

    def search(self, wanted: tuple[str, ...]) -> Members:
        """The assessments that fit all filters of ``assessment_search``, not in order of id."""
        return self._kept(wanted, lambda: self._found(wanted)) or ()

    def _kept(self, key: object, make: Callable[[], Members | None]) -> Members | None:
        """What was made for a key: a list is paged through, so the last few are kept."""
        if key in self._lists:
            self._lists.move_to_end(key)
            return self._lists[key]
        members = make()
        if members is not None:
            self._lists[key] = members
            if len(self._lists) > _KEPT_LISTS:
                self._lists.popitem(last=False)
        return members

    def _narrow(self, path: str, code: str, filters: Filters) -> Members | None:
        members = self._members(path, code)
        columns, masks = self.columns, list[bytes]()
        if members is None or filters == Filters():
            return members
        if filters.latest is not None:
            masks.append(columns.latest if filters.latest else opposite(columns.latest))
        if filters.year is not None:
            year = filters.year
            masks.append(columns.published(lambda one: one == year))
        if filters.scope is not None:
            masks.append(columns.in_scope(filters.scope))
        for name in ("possibly_extinct", "possibly_extinct_in_the_wild"):
            wanted = getattr(filters, name)
            if wanted is not None:
                flag: bytes = getattr(columns, name)
                masks.append(flag if wanted else opposite(flag))
        mask = masks[0]
        for other in masks[1:]:
            mask = both(mask, other)
        return array("I", compress(members, map(mask.__getitem__, members)))

    def _members(self, path: str, code: str) -> Members | None:
        if path.startswith("taxa/possibly_extinct"):
            flag: bytes = getattr(self.columns, path.removeprefix("taxa/"))
            return self._where(both(flag, self.columns.latest))
        if path.startswith("taxa/"):
            taxa = self.skeleton.taxa_of(path.removeprefix("taxa/"), code)
            return self._of_taxa(taxa) if taxa else None
        if path == "comprehensive_groups":
            return self._of_group(code)
        facet = self.facets[path]
        mask = facet.mask(code)
        if not facet.of_taxa:
            return self._where(mask)
        starts = self.skeleton.assessment_starts
        ranges = map(range, compress(starts, mask), compress(starts[1:], mask))
        return array("I", chain.from_iterable(ranges))

    def _where(self, mask: bytes) -> Members:
        return array("I", compress(range(len(mask)), mask))

    def _of_taxa(self, taxa: Sequence[range]) -> Members:
        starts = self.skeleton.assessment_starts
        parts = [range(starts[part.start], starts[part.stop]) for part in taxa]
        return parts[0] if len(parts) == 1 else array("I", chain.from_iterable(parts))

    def _of_group(self, name: str) -> Members | None:
        if name not in lines("groups"):
            return None
        parts: list[range] = []
        for taxon in lines("groups")[name].split():
            parts += next(filter(None, (self.skeleton.taxa_of(rank, taxon) for rank in RANKS)), [])
        return _strewn(self._of_taxa(sorted(parts, key=lambda part: part.start)))

    def _found(self, wanted: tuple[str, ...]) -> Members:
        mask = self.columns.latest
        for name in wanted:
            mask = both(mask, SEARCHES[name](self.columns))
        return _strewn(self._where(mask))

    # -- facts of one assessment -----------------------------------------------------------

    def slot(self, assessment: int) -> Slot:
        """Its scopes and its place in the history."""
        return SLOTS[self.skeleton.slots[assessment]]

    def year(self, assessment: int) -> int | None:
        """The year it was published in, or None."""
        number = self.columns.years[assessment]
        return YEAR_0 + number if number else None

    def date(self, assessment: int) -> str | None:
        """The day it was made, at most some months before it was published; now and then None."""
        year, chance = self.year(assessment), mix(assessment + 77)
        if year is None or chance % 211 == 0:
            return None
        before = year == NEWEST or chance & 3 == 0
        return london(date(year - before, 1 + (chance >> 2) % 12, 1 + (chance >> 6) % 28))

    def category(self, assessment: int) -> tuple[str | None, str, str]:
        """Version, code and title of its category."""
        return codes.categories()[self.columns.categories[assessment]]

    def criteria(self, assessment: int) -> str | None:
        """The criteria that its category was given for, if it is threatened."""
        version, code, _ = self.category(assessment)
        if version != "3.1" or code not in _CRITERIA:
            return None
        options = _CRITERIA[code]
        return options[mix(assessment ^ self.seed) % len(options)]

    def withheld(self, assessment: int) -> bool:
        """Whether only lists name it: some historical ones answer 404."""
        age = self.slot(assessment).age
        return age == UNDATED or (age > 2 and mix(assessment ^ _WITHHELD) % 32 == 0)

    def codes_of(self, path: str, assessment: int) -> Sequence[str]:
        """Its codes of one facet."""
        facet = self.facets[path]
        place = self.skeleton.taxon_of(assessment) if facet.of_taxa else assessment
        return facet.codes_of(facet.keys[place])

    def best(self, taxon: int) -> int:
        """The assessment that stands for a taxon: latest Global, else latest, else newest."""
        place = _BEST[self.skeleton.patterns[taxon]]
        return self.skeleton.assessment_starts[taxon] + place

    def warm(self) -> list[Callable[[], object]]:
        """The work that the first requests would do, in small pieces, to be done when idle."""
        columns, skeleton = self.columns, self.skeleton
        return [
            lambda: skeleton.slots,
            lambda: skeleton.ranks,
            lambda: columns.categories,
            lambda: columns.possibly_extinct,
            lambda: columns.possibly_extinct_in_the_wild,
            lambda: columns.places,
            lambda: self.facets["countries"].mask("MG"),
        ]


_BEST: Final = tuple(pattern.best for pattern in PATTERNS)


def _strewn(members: Members) -> Members:
    """The same assessments in an order that has nothing to do with their ids."""
    parts = (members[first::_GROUP_STRIDE] for first in range(_GROUP_STRIDE))
    return array("I", chain.from_iterable(parts))


def _at_home_in(countries: frozenset[str] | None) -> Callable[[Columns], bytes]:
    """A search for what lives in these countries only; in one country only where it is None."""

    def lives_there(place: int) -> bool:
        cluster, breadth = clusters()[place & 255], place >> 8 & 7
        found = cluster.countries[: COUNTRIES_BY_BREADTH[breadth]]
        return len(found) == 1 if countries is None else countries.issuperset(found)

    def search(columns: Columns) -> bytes:
        fits = {place: lives_there(place) for place in set(columns.places)}
        return columns.of_taxa(bytes(map(fits.__getitem__, columns.places)))

    return search


SEARCHES: Final[dict[str, Callable[[Columns], bytes]]] = {
    "amazing": lambda columns: columns.chance("amazing").translate(spread({1: 2, 0: 98})),
    "cr_pe": lambda columns: columns.possibly_extinct,
    "cr_pew": lambda columns: columns.possibly_extinct_in_the_wild,
    "endemic": _at_home_in(None),
    "eu_27_post_2020_endemic": _at_home_in(_EU),
    "gss": lambda columns: columns.of_taxa(green(columns.skeleton)),
    "needs_updating": lambda columns: columns.published(lambda year: year < _OUTDATED_IN),
}
"""The filters of ``assessment_search``, each as a column over all assessments."""


def green_taxa(skeleton: Skeleton) -> list[int]:
    """The taxa that have a Green Status assessment."""
    found: dict[int, None] = {}
    turn = 0
    while len(found) < _GREEN:
        taxon = mix(turn ^ 0x96EE) % skeleton.taxa
        turn += 1
        if skeleton.ranks[taxon] == SPECIES:
            found[taxon] = None
    return list(found)


def green(skeleton: Skeleton) -> bytes:
    """For each taxon 1 if it has a Green Status assessment."""
    bits = bytearray(skeleton.taxa)
    for taxon in green_taxa(skeleton):
        bits[taxon] = 1
    return bytes(bits)
