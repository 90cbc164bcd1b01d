"""The catalogue: which assessments a list holds, and what is to be said about each.

Lists are found by columns (:mod:`columns`, :mod:`facets`), single facts by number
(:mod:`structure`, :mod:`names`).  No list is made before it is asked for; the last few are kept.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, compress
from typing import Final

from tui_app.redlist import codes

from .columns import FIRST_YEAR, Columns, both, opposite
from .facets import Facet, make_facets
from .groups import GROUPS
from .hashing import mix
from .names import Names
from .prose import TOPICS, sentences
from .structure import PATTERNS, SLOTS, Slot, Structure, structure
from .taxonomy import RANKS

Members = Sequence[int]

_KEPT_LISTS: Final = 48
_LATEST_GLOBAL: Final = tuple(
    next(p for p, s in enumerate(pattern.slots) if SLOTS[s].latest and "1" in SLOTS[s].scopes)
    for pattern in PATTERNS
)
_CRITERIA: Final = {
    "CR": (
        "A2cd",
        "B1ab(iii)+2ab(iii)",
        "B2ab(iii,v)",
        "C2a(i)",
        "D",
        "A4bcde",
        "B1ab(i,ii,iii,iv,v)",
    ),
    "EN": ("A2c", "B1ab(iii)", "B2ab(iii)", "B1ab(iii)+2ab(iii)", "C2a(ii)", "D", "A3ce"),
    "VU": ("A2cd", "B1ab(iii)", "D2", "C1", "D1+2", "B2ab(ii,iii)", "A4acd"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None where nothing is asked."""

    latest: bool | None = None
    year: int | None = None
    scope: str | None = None
    possibly_extinct: bool | None = None
    possibly_extinct_in_the_wild: bool | None = None

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return self != Filters()


class Catalogue:
    """All taxa and assessments of one seed."""

    def __init__(self, seed: int = 0) -> None:
        """The catalogue of *seed*."""
        self.seed = seed
        self.structure: Structure = structure()
        self.names = Names(self.structure, seed)
        self.columns = Columns(self.structure, seed)
        self._lists: OrderedDict[tuple[str, str, Filters], Members] = OrderedDict()

    @cached_property
    def facets(self) -> dict[str, Facet]:
        """The facets by their path in the API."""
        return make_facets(self.columns)

    # -- lists -----------------------------------------------------------------------------

    def listed(self, path: str, code: str, filters: Filters) -> Members | None:
        """The assessments of one list, in their order; None if there is no such list.

        Args:
            path: the API's path: a facet, ``comprehensive_groups``, ``taxa/family`` or such,
                ``taxa/possibly_extinct`` or ``taxa/possibly_extinct_in_the_wild``.
            code: the code, the group's or the taxon's name; empty where the path takes none.
            filters: what it is narrowed to.
        """
        key = (path, code, filters)
        if key in self._lists:
            self._lists.move_to_end(key)
            return self._lists[key]
        members = self._members(path, code)
        if members is None:
            return None
        if filters:
            members = self._narrow(members, filters)
        self._lists[key] = members
        if len(self._lists) > _KEPT_LISTS:
            self._lists.popitem(last=False)
        return members

    def common(self, lists: Sequence[Members]) -> Members:
        """The assessments that stand on all of *lists*, in the first one's order."""
        first, *others = lists
        wanted = [set(other) for other in others]
        return array("I", (member for member in first if all(member in some for some in wanted)))

    def _members(self, path: str, code: str) -> Members | None:
        if path.startswith("taxa/possibly_extinct"):
            flag = getattr(self.columns, path.removeprefix("taxa/"))
            return self._where(both(flag, self.columns.latest))
        if path.startswith("taxa/"):
            taxa = self.structure.taxa_of(path.removeprefix("taxa/"), code)
            return None if taxa is None else self._of_taxa(taxa)
        if path == "comprehensive_groups":
            return self._of_group(code)
        facet = self.facets[path]
        mask = facet.mask(code)
        if not facet.of_taxa:
            return self._where(mask)
        starts = self.structure.assessment_starts
        ends = starts[1:]
        return array(
            "I", chain.from_iterable(map(range, compress(starts, mask), compress(ends, mask)))
        )

    def _where(self, mask: bytes) -> Members:
        return array("I", compress(range(self.structure.assessments), mask))

    def _of_taxa(self, taxa: range) -> range:
        starts = self.structure.assessment_starts
        return range(starts[taxa.start], starts[taxa.stop])

    def _of_group(self, name: str) -> Members | None:
        if name not in GROUPS:
            return None
        parts: list[range] = []
        for taxon in GROUPS[name].split():
            found = (self.structure.taxa_of(rank, taxon) for rank in RANKS)
            parts += [taxa for taxa in found if taxa is not None][:1]
        parts.sort(key=lambda taxa: taxa.start)
        return array("I", chain.from_iterable(map(self._of_taxa, parts)))

    def _narrow(self, members: Members, filters: Filters) -> Members:
        columns = self.columns
        masks: list[bytes] = []
        if filters.latest is not None:
            masks.append(columns.latest if filters.latest else opposite(columns.latest))
        if filters.year is not None:
            masks.append(columns.published_in(filters.year))
        if filters.scope is not None:
            masks.append(columns.in_scope(filters.scope))
        for name in ("possibly_extinct", "possibly_extinct_in_the_wild"):
            wanted = getattr(filters, name)
            if wanted is not None:
                flag = getattr(columns, name)
                masks.append(flag if wanted else opposite(flag))
        mask = masks[0]
        for other in masks[1:]:
            mask = both(mask, other)
        if isinstance(members, range):
            return array("I", compress(members, mask[members.start : members.stop]))
        return array("I", compress(members, map(mask.__getitem__, members)))

    # -- facts of one assessment -----------------------------------------------------------

    def slot(self, assessment: int) -> Slot:
        """Its scopes and its place in the history."""
        return SLOTS[self.structure.slots[assessment]]

    def year(self, assessment: int) -> int:
        """The year it was published in."""
        return FIRST_YEAR + self.columns.years[assessment]

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

    def date(self, assessment: int) -> str:
        """The day it was made, some months before it was published, in ISO 8601."""
        chance = mix(assessment + 77)
        year = self.year(assessment) - (chance & 3 == 0)
        return f"{year}-{1 + (chance >> 2) % 12:02}-{1 + (chance >> 6) % 28:02}T00:00:00.000Z"

    def codes_of(self, path: str, assessment: int) -> Sequence[str]:
        """Its codes of one facet."""
        facet = self.facets[path]
        place = self.structure.taxon_of(assessment) if facet.of_taxa else assessment
        return facet.codes_of(facet.keys[place])

    def latest_global(self, taxon: int) -> int:
        """The latest global assessment of a taxon (each has one)."""
        place = _LATEST_GLOBAL[self.structure.patterns[taxon]]
        return self.structure.assessment_starts[taxon] + place

    def warm(self) -> list[Callable[[], object]]:
        """The work that the first requests would do, in small pieces, to be done when idle."""
        columns, skeleton = self.columns, self.structure
        return [
            lambda: skeleton.assessment_starts,
            lambda: skeleton.slots,
            lambda: skeleton.ranks,
            lambda: columns.years,
            lambda: columns.categories,
            lambda: columns.possibly_extinct,
            lambda: columns.possibly_extinct_in_the_wild,
            lambda: columns.places,
            lambda: self.facets["countries"].mask("MG"),
            *(partial(sentences, self.seed, topic) for topic in TOPICS),
        ]
