"""Columns of the catalogue: one byte (or two) for each taxon or assessment, made when first needed.

A column is random bytes (:func:`tui_app.demo.hashing.column`) turned into values by translation
tables, which C does at a hundred megabytes a second; so nothing need be made before it is asked
for, and 250,000 assessments can be filtered in a few milliseconds.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from functools import cached_property
from itertools import chain, repeat
from typing import Final

from tui_app.redlist import codes

from . import geography
from .hashing import column, spread
from .structure import PATTERNS, SLOTS, Structure, by_slot

PATTERN_LENGTHS: Final = tuple(len(pattern.slots) for pattern in PATTERNS)
"""How many assessments a taxon of each pattern has."""

FIRST_YEAR: Final = 1980
"""Years are kept as bytes: how many they lie after this one."""

THREAT_PROFILES: Final[dict[str, dict[str, float]]] = {
    "low": {"DD": 13, "LC": 68, "NT": 5, "VU": 6, "EN": 4.6, "CR": 2.5, "EX": 0.7, "EW": 0.2},
    "mid": {"DD": 10, "LC": 53.5, "NT": 7, "VU": 13, "EN": 10, "CR": 5.4, "EX": 0.7, "EW": 0.4},
    "high": {"DD": 14, "LC": 40, "NT": 8, "VU": 14, "EN": 14, "CR": 8.6, "EX": 1.0, "EW": 0.4},
}
"""How the assessments of a family share the categories of version 3.1, in percent."""

CALM, WATCHED, THREATENED, GONE = 0, 1, 2, 3
_CONCERN: Final = {
    **dict.fromkeys(("NT", "LR/nt", "LR/cd", "VU", "R", "V", "I"), WATCHED),
    **dict.fromkeys(("EN", "CR", "E"), THREATENED),
    **dict.fromkeys(("EX", "EW", "RE", "Ex"), GONE),
}
_TWO_POINT_THREE: Final = {"LC": "LR/lc", "NT": "LR/nt"}
_EARLIER: Final = {
    "DD": "K", "LC": "nt", "NT": "R", "VU": "V", "EN": "E", "CR": "E", "EX": "Ex", "EW": "Ex",
}  # fmt: skip
_SINCE_2_3, _SINCE_3_1 = 1994, 2001  # the years from which each version of the criteria was used

# The years of assessments by their age in the history (SLOTS); -1: of those that have no other.
_YEARS: Final[dict[int, tuple[int, int]]] = {
    -1: (1998, 2025), 0: (2016, 2025), 1: (2009, 2015), 2: (2004, 2008), 3: (2001, 2003),
    4: (1998, 2000), 5: (1994, 1996), 6: (1989, 1993), 7: (1986, 1988),
}  # fmt: skip
_TIMES_EIGHT: Final = bytes(value * 8 & 255 for value in range(256))
_SCATTER: Final = 111  # the later of two years counts, of a byte and of the byte times this


def halves(low: bytes, high: bytes) -> memoryview:
    """Two columns of bytes as one of 16-bit numbers."""
    joined = bytearray(2 * len(low))
    first = 0 if sys.byteorder == "little" else 1
    joined[first::2] = low
    joined[1 - first :: 2] = high
    return memoryview(joined).cast("H")


def category_number(version: str | None, code: str) -> int:
    """The place of a category in the API's list."""
    return next(
        number for number, row in enumerate(codes.categories()) if row[:2] == (version, code)
    )


class Columns:
    """The columns of one catalogue."""

    def __init__(self, structure: Structure, seed: int) -> None:
        """Columns over *structure*, drawn by *seed*."""
        self.structure = structure
        self.seed = seed

    def chance(self, name: str) -> bytes:
        """Random bytes, one an assessment."""
        return column(self.seed, name, self.structure.assessments)

    def by_family(self, numbers: Sequence[int]) -> bytes:
        """A column of assessments with one number for all of a family."""
        first_of, starts = self.structure.assessment_starts, self.structure.family_starts
        return b"".join(
            bytes([number]) * (first_of[starts[place + 1]] - first_of[starts[place]])
            for place, number in enumerate(numbers)
        )

    # -- of taxa ---------------------------------------------------------------------------

    @cached_property
    def clusters(self) -> bytes:
        """For each taxon the number of its cluster of countries.

        A taxon with regional assessments lives in that part of the world.
        """
        everywhere = geography.clusters()
        tables = []
        for pattern in PATTERNS:
            fitting = [
                number
                for number, cluster in enumerate(everywhere)
                if pattern.tag in (None, cluster.tag)
            ]
            tables.append(bytes(fitting[chance * len(fitting) // 256] for chance in range(256)))
        lookup = b"".join(tables)
        chance = column(self.seed, "cluster", self.structure.taxa)
        return bytes(map(lookup.__getitem__, halves(chance, self.structure.patterns)))

    @cached_property
    def breadths(self) -> bytes:
        """For each taxon how widely it is spread (0-7)."""
        table = bytes(chance & 7 for chance in range(256))
        return column(self.seed, "breadth", self.structure.taxa).translate(table)

    @cached_property
    def systems(self) -> bytes:
        """For each taxon its systems: 1 land, 2 fresh water, 4 sea, or a sum of them."""
        bits = {"T": 1, "F": 2, "M": 4}
        tables: dict[str, bytes] = {}
        for family in self.structure.families:
            if family.systems not in tables:
                single = [bits[letter] for letter in family.systems]
                shares = {**dict.fromkeys(single, 40.0), sum(single): 25.0}
                tables[family.systems] = spread(shares)
        chance = column(self.seed, "system", self.structure.taxa)
        return self.structure.by_family(chance, lambda family: tables[family.systems])

    @cached_property
    def places(self) -> memoryview:
        """For each taxon its place as one number: cluster, breadth << 8, systems << 11."""
        high = bytes(map(int.__or__, self.breadths, self.systems.translate(_TIMES_EIGHT)))
        return halves(self.clusters, high)

    # -- of assessments --------------------------------------------------------------------

    @cached_property
    def taxa(self) -> array[int]:
        """For each assessment its taxon."""
        counts = map(PATTERN_LENGTHS.__getitem__, self.structure.patterns)
        return array("I", chain.from_iterable(map(repeat, range(self.structure.taxa), counts)))

    @cached_property
    def years(self) -> bytes:
        """For each assessment the year of its publication, after FIRST_YEAR."""
        lookup = bytearray()
        for slot in SLOTS:
            first, last = _YEARS[slot.age]
            span = last - first + 1
            years = [
                first + max(chance, chance * _SCATTER % 256) * span // 256 for chance in range(256)
            ]
            lookup += bytes(year - FIRST_YEAR for year in years)
        keys = halves(self.chance("year"), self.structure.slots)
        return bytes(map(lookup.__getitem__, keys))

    @cached_property
    def categories(self) -> bytes:
        """For each assessment the place of its category in the API's list."""
        names = tuple(THREAT_PROFILES["low"])
        tables = {
            threat: spread({names.index(code): share for code, share in shares.items()})
            for threat, shares in THREAT_PROFILES.items()
        }
        starts, first_of = self.structure.family_starts, self.structure.assessment_starts
        chance = self.chance("category")
        drawn = b"".join(
            chance[first_of[starts[number]] : first_of[starts[number + 1]]].translate(
                tables[family.threat]
            )
            for number, family in enumerate(self.structure.families)
        )
        regional = self.structure.slots.translate(
            by_slot([0 if "1" in slot.scopes else 128 for slot in SLOTS])
        )
        when = bytes(map(int.__or__, self.years, regional))
        return bytes(map(_category_lookup(names).__getitem__, halves(drawn, when)))

    @cached_property
    def concerns(self) -> bytes:
        """For each assessment how worrying its category is: CALM, WATCHED, THREATENED or GONE."""
        table = bytearray(256)
        for number, (_, code, _) in enumerate(codes.categories()):
            table[number] = _CONCERN.get(code, CALM)
        return self.categories.translate(bytes(table))

    @cached_property
    def possibly_extinct(self) -> bytes:
        """For each assessment 1 if the taxon is critically endangered and possibly extinct."""
        return self._flag("possibly extinct", 10)

    @cached_property
    def possibly_extinct_in_the_wild(self) -> bytes:
        """For each assessment 1 if it is critically endangered and possibly extinct in the wild."""
        return self._flag("possibly extinct in the wild", 1.2)

    def _flag(self, name: str, percent: float) -> bytes:
        critical = bytearray(256)
        critical[category_number("3.1", "CR")] = 1
        drawn = self.chance(name).translate(spread({1: percent, 0: 100 - percent}))
        return both(self.categories.translate(bytes(critical)), drawn)

    @cached_property
    def latest(self) -> bytes:
        """For each assessment 1 if it is the latest of its scopes."""
        return self.structure.slots.translate(by_slot([slot.latest for slot in SLOTS]))

    def in_scope(self, code: str) -> bytes:
        """For each assessment 1 if it has a scope."""
        return self.structure.slots.translate(by_slot([code in slot.scopes for slot in SLOTS]))

    def published_in(self, year: int) -> bytes:
        """For each assessment 1 if it was published in a year."""
        table = bytearray(256)
        if FIRST_YEAR <= year < FIRST_YEAR + 256:
            table[year - FIRST_YEAR] = 1
        return self.years.translate(bytes(table))


def both(one: bytes, other: bytes) -> bytes:
    """1 where both columns of zeros and ones have a 1."""
    joined = int.from_bytes(one, "big") & int.from_bytes(other, "big")
    return joined.to_bytes(len(one), "big")


def opposite(column_of_bits: bytes) -> bytes:
    """A column of zeros and ones the other way round."""
    return column_of_bits.translate(b"\x01" + bytes(255))


def _category_lookup(names: tuple[str, ...]) -> bytes:
    """The table from a drawn category and year (plus 128 where regional) to the API's list.

    Before 2001 the categories were those of version 2.3, before 1994 earlier ones; what is
    extinct in a region only is regionally extinct.
    """
    number = {row[:2]: place for place, row in enumerate(codes.categories())}
    table = bytearray(65536)
    for when in range(128):
        year = FIRST_YEAR + when
        for drawn, code in enumerate(names):
            if year >= _SINCE_3_1:
                version, used = "3.1", code
            elif year >= _SINCE_2_3:
                version, used = "2.3", _TWO_POINT_THREE.get(code, code)
            else:
                version, used = "Earlier Version", _EARLIER[code]
            table[drawn | when << 8] = number[version, used]
            regional = "RE" if used == "EX" and version == "3.1" else used
            table[drawn | (when | 128) << 8] = number[version, regional]
    return bytes(table)
