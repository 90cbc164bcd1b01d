"""The skeleton of the catalogue: which taxa there are, and how many assessments each has.

It is the same for every seed, and so is every page count. Taxa stand in taxonomic order and have
numbers from 0; so have assessments, those of one taxon together, the oldest first. Ids are
computed from those numbers and back again, without a table.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from .hashing import column, mix, spread
from .tables import RANKS, Family, families

_SKELETON: Final = 20250  # the seed of what does not depend on the seed

UNDATED: Final = 9
"""The age of an assessment without a year."""


class Slot(NamedTuple):
    """What is settled about an assessment by its place in its taxon's history.

    Attributes:
        scopes: codes of its scopes.
        latest: whether it is the latest of its scopes.
        age: 0 for the newest, more for older ones; -1 where there is no other.
    """

    scopes: tuple[str, ...]
    latest: bool
    age: int


_GLOBAL: Final = ("1",)

SLOTS: Final = (
    Slot(_GLOBAL, True, -1),
    Slot(_GLOBAL, True, 0),
    *(Slot(_GLOBAL, False, age) for age in range(1, 8)),
    Slot(("1", "2"), True, -1),  # 9: Europe
    Slot(("2",), True, 0),
    Slot(("2",), False, 2),
    Slot(("4",), True, 0),  # 12: Mediterranean
    Slot(("1", "2", "4"), True, -1),
    Slot(("1", "18", "10"), True, -1),  # 14: parts of Africa
    Slot(("1", "8", "10"), True, -1),
    Slot(("1", "16", "10"), True, -1),
    Slot(("1", "9", "10"), True, -1),
    Slot(("1", "21", "10"), True, -1),
    Slot(("1", "17", "10"), True, -1),
    Slot(("45433063",), True, 0),  # 20: Caribbean, Gulf of Mexico
    Slot(("45433062",), True, 0),
    Slot(("45433064",), True, 0),  # 22: Persian Gulf, Arabian Sea
    Slot(("1", "100765562"), True, -1),
    Slot((), False, 2),  # 24: without scopes
    Slot((), True, -1),
    Slot(_GLOBAL, False, UNDATED),  # 26
)
"""Every kind of place in a history; scopes are codes of the API's list of scopes."""


class Pattern(NamedTuple):
    """The history of a taxon: its assessments in order, and where such a taxon must live."""

    slots: tuple[int, ...]
    tag: str | None = None

    @property
    def best(self) -> int:
        """The place of the one that stands for the taxon: latest Global, latest, or newest."""
        ranked = [
            (SLOTS[slot].latest, "1" in SLOTS[slot].scopes, -SLOTS[slot].age, place)
            for place, slot in enumerate(self.slots)
        ]
        return max(ranked)[-1]


PATTERNS: Final = (
    Pattern((0,)),
    Pattern((2, 1)),
    Pattern((3, 2, 1)),
    Pattern((4, 3, 2, 1)),
    Pattern((5, 4, 3, 2, 1)),
    Pattern((6, 5, 4, 3, 2, 1)),
    Pattern((7, 6, 5, 4, 3, 2, 1)),
    Pattern((8, 7, 6, 5, 4, 3, 2, 1)),
    Pattern((9,), "europe"),
    Pattern((2, 1, 10), "europe"),
    Pattern((2, 11, 1, 10, 12), "europe"),
    Pattern((13,), "europe"),
    Pattern((14,), "africa"),
    Pattern((15,), "africa"),
    Pattern((16,), "africa"),
    Pattern((17,), "africa"),
    Pattern((18,), "africa"),
    Pattern((19,), "africa"),
    Pattern((0, 20), "caribbean"),
    Pattern((0, 21), "caribbean"),
    Pattern((0, 22), "orient"),
    Pattern((23,), "orient"),
    Pattern((6, 5, 4, 3, 2, 1, 11, 10), "europe"),
    Pattern((2,)),  # 23: no latest one
    Pattern((3, 2)),
    Pattern((4, 3, 2)),
    Pattern((25,)),  # 26: without scopes, or without a year
    Pattern((24, 1)),
    Pattern((2, 1, 26)),
)

# Shares of the patterns, in percent.
_REGIONAL: Final = {8: 1.2, 9: 0.8, 10: 0.6, 11: 0.7}
_AFRICAN: Final = {12: 0.9, 13: 0.6, 14: 0.5, 15: 0.6, 16: 0.3, 17: 0.3}
_ODD: Final = {0: (23, 26), 1: (24, 27), 2: (25, 28)}  # patterns of the same length
_ODD_SHARES: Final = {0: 95.5, 1: 2.7, 2: 1.8}  # of none, of the first and of the second of them
HISTORIES: Final[dict[str, dict[int, float]]] = {
    "brief": {0: 84, 1: 6, 2: 1, **_REGIONAL, **_AFRICAN, 18: 0.5, 19: 0.5, 20: 0.4, 21: 0.4},
    "short": {0: 60, 1: 24, 2: 6, 3: 2, **_REGIONAL, **_AFRICAN, 18: 0.6, 20: 0.5, 21: 0.4},
    "medium": {0: 30, 1: 38, 2: 18, 3: 8, **_REGIONAL, **_AFRICAN},
    "long": {0: 12, 1: 28, 2: 28, 3: 16, 4: 8, 5: 3, **_REGIONAL, 22: 1},
    "longest": {1: 5, 2: 8, 3: 12, 4: 20, 5: 22, 6: 16, 7: 7, 9: 2, 22: 8},
}
"""How the members of a family share the patterns: by number of :data:`PATTERNS`, in percent."""

SPECIES, INFRARANK, SUBPOPULATION = 0, 1, 2
_BELOW_SPECIES: Final = {"long": (8.0, 2.0), "medium": (1.5, 0.2), "short": (3.0, 0.4)}

_ASSESSMENT_FIRST, _ASSESSMENT_STEP = 495_630, 1_087
_SIS_NEAR, _SIS_FAR, _SIS_FAR_STEP = 137, 400_000, 4_001
_SIS_STIR: Final = 77_773  # a prime: it scatters the ids over the catalogue


def table(values: Sequence[int]) -> bytes:
    """A table for ``bytes.translate`` that turns 0, 1, 2… into *values*."""
    return bytes(values) + bytes(256 - len(values))


class Skeleton:
    """Taxa and assessments by their numbers: the part that is the same for every seed."""

    def __init__(self) -> None:
        """Count the families; all else is made when it is first needed."""
        self.families: tuple[Family, ...] = families()
        self.family_starts = array("I", accumulate((f.size for f in self.families), initial=0))
        self.taxa = self.family_starts[-1]
        self._near = self.taxa * 3 // 5
        self._unstir = pow(_SIS_STIR, -1, self.taxa)

    def family_of(self, taxon: int) -> int:
        """The number of the family of a taxon."""
        return bisect_right(self.family_starts, taxon) - 1

    def by_family(self, chance: bytes, table_of: Callable[[Family], bytes]) -> bytes:
        """A column of taxa: each family's part of *chance* translated by its own table."""
        starts = self.family_starts
        return b"".join(
            chance[starts[number] : starts[number + 1]].translate(table_of(family))
            for number, family in enumerate(self.families)
        )

    @cached_property
    def patterns(self) -> bytes:
        """For each taxon the number of its pattern."""
        chance = column(_SKELETON, "pattern", self.taxa)
        tables = {name: spread(shares) for name, shares in HISTORIES.items()}
        usual = self.by_family(chance, lambda family: tables[family.history])
        odd = column(_SKELETON, "odd", self.taxa).translate(spread(_ODD_SHARES))
        found = {
            (one, number): _ODD[one][number - 1] if number and one in _ODD else one
            for one in range(len(PATTERNS))
            for number in _ODD_SHARES
        }
        return bytes(map(found.__getitem__, zip(usual, odd, strict=True)))

    @cached_property
    def ranks(self) -> bytes:
        """For each taxon whether it is a species, an infrarank or a subpopulation."""
        chance = column(_SKELETON, "rank", self.taxa)
        tables = {
            name: spread({SPECIES: 100 - infra - sub, INFRARANK: infra, SUBPOPULATION: sub})
            for name, (infra, sub) in _BELOW_SPECIES.items()
        }
        rare = spread({SPECIES: 98.6, INFRARANK: 1.4})
        return self.by_family(chance, lambda family: tables.get(family.history, rare))

    def sis_id(self, taxon: int) -> int:
        """The id of a taxon in IUCN's Species Information Service."""
        stirred = taxon * _SIS_STIR % self.taxa
        if stirred < self._near:
            return _SIS_NEAR + stirred * 2 + (mix(stirred) & 1)
        far = stirred - self._near
        return _SIS_FAR + far * _SIS_FAR_STEP + mix(far) % _SIS_FAR_STEP

    def taxon_of_sis_id(self, sis_id: int) -> int | None:
        """The taxon that has an id, or None."""
        if sis_id >= _SIS_FAR:
            stirred = self._near + (sis_id - _SIS_FAR) // _SIS_FAR_STEP
        else:
            stirred = (sis_id - _SIS_NEAR) // 2
        taxon = stirred * self._unstir % self.taxa
        return taxon if self.sis_id(taxon) == sis_id else None

    @cached_property
    def assessment_starts(self) -> array[int]:
        """For each taxon the number of its first assessment; one more at the end."""
        counts = self.patterns.translate(table([len(pattern.slots) for pattern in PATTERNS]))
        return array("I", accumulate(counts, initial=0))

    @property
    def assessments(self) -> int:
        """How many assessments there are."""
        return self.assessment_starts[-1]

    @cached_property
    def slots(self) -> bytes:
        """For each assessment the number of its slot."""
        pieces = [bytes(pattern.slots) for pattern in PATTERNS]
        return b"".join(map(pieces.__getitem__, self.patterns))

    def taxon_of(self, assessment: int) -> int:
        """The taxon of an assessment."""
        return bisect_right(self.assessment_starts, assessment) - 1

    def history(self, taxon: int) -> range:
        """The assessments of a taxon, the oldest first."""
        return range(self.assessment_starts[taxon], self.assessment_starts[taxon + 1])

    def assessment_id(self, assessment: int) -> int:
        """The id of an assessment."""
        own = mix(assessment ^ 0x5EED) % _ASSESSMENT_STEP
        return _ASSESSMENT_FIRST + assessment * _ASSESSMENT_STEP + own

    def assessment_of_id(self, assessment_id: int) -> int | None:
        """The assessment that has an id, or None."""
        assessment = (assessment_id - _ASSESSMENT_FIRST) // _ASSESSMENT_STEP
        if not 0 <= assessment < self.assessments:
            return None
        return assessment if self.assessment_id(assessment) == assessment_id else None

    @cached_property
    def _ranges(self) -> dict[str, dict[str, list[range]]]:
        found: dict[str, dict[str, list[range]]] = {rank: {} for rank in RANKS}
        starts = self.family_starts
        for number, family in enumerate(self.families):
            for rank, name in zip(RANKS, family.lineage, strict=True):
                parts = found[rank].setdefault(name, [])
                first = starts[number]
                if parts and parts[-1].stop == first:
                    first = parts.pop().start
                parts.append(range(first, starts[number + 1]))
        return found

    def names(self, rank: str) -> list[str]:
        """The names of one rank (``kingdom``, …, ``family``) in alphabetical order."""
        return sorted(self._ranges[rank])

    def taxa_of(self, rank: str, name: str) -> list[range]:
        """The taxa of one name of a rank, in any case; empty if there is no such name.

        They are one range but for names that several ranks above share, such as NOT ASSIGNED.
        """
        return self._ranges[rank].get(name.upper(), [])


@cache
def skeleton() -> Skeleton:
    """The skeleton, made once a process."""
    return Skeleton()
