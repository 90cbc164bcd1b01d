"""The skeleton of the catalogue: which taxa there are, and how many assessments each has.

It is the same for every seed, so that every page count is: taxa stand in taxonomic order and have
numbers from 0, and so have assessments, those of one taxon together, the oldest first.  Ids of
taxa and assessments are computed from those numbers and back again, without a table.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from .hashing import column, mix, spread
from .taxonomy import RANKS, Family, read_families

_SKELETON: Final = 20250  # the seed of what does not depend on the seed


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

SLOTS: Final[tuple[Slot, ...]] = (
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
)
"""Every kind of place in a history; scopes are codes of the API's list of scopes."""


class Pattern(NamedTuple):
    """The history of a taxon: its assessments in order, and where such a taxon must live."""

    slots: tuple[int, ...]
    tag: str | None


PATTERNS: Final[tuple[Pattern, ...]] = (
    Pattern((0,), None),
    Pattern((2, 1), None),
    Pattern((3, 2, 1), None),
    Pattern((4, 3, 2, 1), None),
    Pattern((5, 4, 3, 2, 1), None),
    Pattern((6, 5, 4, 3, 2, 1), None),
    Pattern((7, 6, 5, 4, 3, 2, 1), None),
    Pattern((8, 7, 6, 5, 4, 3, 2, 1), None),
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
)

# Shares of the patterns, in percent, chosen so that the kingdom of animals has 1,724 pages.
_REGIONAL: Final = {8: 1.2, 9: 0.8, 10: 0.6, 11: 0.7}
_AFRICAN: Final = {12: 0.9, 13: 0.6, 14: 0.5, 15: 0.6, 16: 0.3, 17: 0.3}
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


class Structure:
    """Taxa and assessments by their numbers."""

    def __init__(self) -> None:
        """Read the families; all else is made when it is first asked for."""
        self.families: tuple[Family, ...] = read_families()
        self.family_starts = array("I", accumulate((f.size for f in self.families), initial=0))
        self.taxa = self.family_starts[-1]
        self._near = self.taxa * 3 // 5

    # -- taxa ------------------------------------------------------------------------------

    def family_of(self, taxon: int) -> int:
        """The number of the family of a taxon."""
        return bisect_right(self.family_starts, taxon) - 1

    @cached_property
    def patterns(self) -> bytes:
        """For each taxon the number of its pattern."""
        chance = column(_SKELETON, "pattern", self.taxa)
        tables = {name: spread(shares) for name, shares in HISTORIES.items()}
        return self.by_family(chance, lambda family: tables[family.history])

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

    def by_family(self, chance: bytes, table: Callable[[Family], bytes]) -> bytes:
        """A column of taxa, each family's part of *chance* translated by its own table."""
        starts = self.family_starts
        return b"".join(
            chance[starts[number] : starts[number + 1]].translate(table(family))
            for number, family in enumerate(self.families)
        )

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
        taxon = stirred * pow(_SIS_STIR, -1, self.taxa) % self.taxa
        return taxon if self.sis_id(taxon) == sis_id else None

    # -- assessments -----------------------------------------------------------------------

    @cached_property
    def assessment_starts(self) -> array[int]:
        """For each taxon the number of its first assessment; one more at the end."""
        counts = self.patterns.translate(_by_pattern(lambda pattern: len(pattern.slots)))
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

    def assessments_of(self, taxon: int) -> range:
        """The assessments of a taxon, the oldest first."""
        return range(self.assessment_starts[taxon], self.assessment_starts[taxon + 1])

    def assessment_id(self, assessment: int) -> int:
        """The id of an assessment."""
        return (
            _ASSESSMENT_FIRST
            + assessment * _ASSESSMENT_STEP
            + mix(assessment ^ 0x5EED) % _ASSESSMENT_STEP
        )

    def assessment_of_id(self, assessment_id: int) -> int | None:
        """The assessment that has an id, or None."""
        assessment = (assessment_id - _ASSESSMENT_FIRST) // _ASSESSMENT_STEP
        if not 0 <= assessment < self.assessments:
            return None
        return assessment if self.assessment_id(assessment) == assessment_id else None

    # -- ranks above -----------------------------------------------------------------------

    @cached_property
    def _ranges(self) -> dict[str, dict[str, range]]:
        found: dict[str, dict[str, range]] = {rank: {} for rank in RANKS}
        starts = self.family_starts
        for number, family in enumerate(self.families):
            for rank, name in zip(RANKS, family.lineage, strict=True):
                first = found[rank].get(name, range(starts[number], 0)).start
                found[rank][name] = range(first, starts[number + 1])
        return found

    def names(self, rank: str) -> list[str]:
        """The names of one rank (``kingdom``, …, ``family``), in alphabetical order."""
        return sorted(self._ranges[rank])

    def taxa_of(self, rank: str, name: str) -> range | None:
        """The taxa of one name of a rank, in any case; None if there is no such name."""
        return self._ranges[rank].get(name.upper())


def _by_pattern(value: Callable[[Pattern], int]) -> bytes:
    table = bytearray(256)
    for number, pattern in enumerate(PATTERNS):
        table[number] = value(pattern)
    return bytes(table)


def by_slot(values: Sequence[int]) -> bytes:
    """A table that turns the number of a slot into one of *values*."""
    return bytes(values) + bytes(256 - len(values))


@cache
def structure() -> Structure:
    """The skeleton, made once a process."""
    return Structure()
