"""The columns of the catalogue: one byte (or two) for each taxon or assessment.

A column is random bytes (:func:`.hashing.column`) that translation tables turn into values, which
takes milliseconds for 250,000 assessments; so each is made when it is first needed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

from tui_app.redlist import codes

from .hashing import column, spread
from .skeleton import PATTERNS, SLOTS, UNDATED, Skeleton, Slot, skeleton, table
from .tables import clusters

THREATS: Final[dict[str, dict[str, float]]] = {
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
_ABUNDANT_UNTIL: Final = 1987
_SINCE_2_3, _SINCE_3_1 = 1994, 2001  # the years from which each version of the criteria was used
NEWEST: Final = 2026
"""The last year of publication: the catalogue is that of 2026-1."""

YEAR_0: Final = 1980  # years are kept as bytes: how many they lie after this one; 0 for no year
_YEARS: Final[dict[int, tuple[int, int]]] = {
    -1: (1998, NEWEST), 0: (2016, NEWEST), 1: (2009, 2015), 2: (2004, 2008), 3: (2001, 2003),
    4: (1998, 2000), 5: (1994, 1996), 6: (1989, 1993), 7: (1986, 1988), UNDATED: (1980, 1980),
}  # fmt: skip
"""First and last year of publication by age."""
_SCATTER: Final = 111  # the later of two years counts, of a byte and of the byte times this


def halves(low: bytes, high: bytes) -> memoryview:
    """Two columns of bytes as one of 16-bit numbers."""
    joined = bytearray(2 * len(low))
    first = 0 if sys.byteorder == "little" else 1
    joined[first::2] = low
    joined[1 - first :: 2] = high
    return memoryview(joined).cast("H")


def both(one: bytes, other: bytes) -> bytes:
    """1 where both columns of zeros and ones have a 1."""
    joined = int.from_bytes(one, "big") & int.from_bytes(other, "big")
    return joined.to_bytes(len(one), "big")


def opposite(bits: bytes) -> bytes:
    """A column of zeros and ones the other way round."""
    return bits.translate(b"\x01" + bytes(255))


class Columns:
    """The columns of one seed."""

    def __init__(self, seed: int) -> None:
        """The columns of *seed*; each is made when it is first needed."""
        self.seed = seed
        self.skeleton: Skeleton = skeleton()

    def chance(self, name: str) -> bytes:
        """Random bytes, one an assessment."""
        return column(self.seed, name, self.skeleton.assessments)

    # -- of taxa ---------------------------------------------------------------------------

    @cached_property
    def clusters(self) -> bytes:
        """For each taxon its cluster of countries; regional assessments decide on its region."""
        tables = []
        for pattern in PATTERNS:
            tags = (None, *(cluster.tag for cluster in clusters()))
            fitting = [n - 1 for n, tag in enumerate(tags) if n and pattern.tag in (None, tag)]
            tables.append(bytes(fitting[chance * len(fitting) // 256] for chance in range(256)))
        chance = column(self.seed, "cluster", self.skeleton.taxa)
        keys = halves(chance, self.skeleton.patterns)
        return bytes(map(b"".join(tables).__getitem__, keys))

    @cached_property
    def systems(self) -> bytes:
        """For each taxon its systems: 1 land, 2 fresh water, 4 sea, or a sum of them."""
        bits = {"T": 1, "F": 2, "M": 4}
        tables: dict[str, bytes] = {}
        for letters in {family.systems for family in self.skeleton.families}:
            single = [bits[letter] for letter in letters]
            tables[letters] = spread({**dict.fromkeys(single, 40.0), sum(single): 25.0})
        chance = column(self.seed, "system", self.skeleton.taxa)
        return self.skeleton.by_family(chance, lambda family: tables[family.systems])

    @cached_property
    def places(self) -> memoryview:
        """For each taxon where it lives: cluster, breadth (0-7) << 8, systems << 11."""
        breadths = column(self.seed, "breadth", self.skeleton.taxa)
        pairs = zip(breadths, self.systems, strict=True)
        return halves(
            self.clusters, bytes(breadth & 7 | systems << 3 for breadth, systems in pairs)
        )

    # -- of assessments --------------------------------------------------------------------

    def by_family(self, numbers: Sequence[int]) -> bytes:
        """A column of assessments with one number for all of a family."""
        first_of, starts = self.skeleton.assessment_starts, self.skeleton.family_starts
        return b"".join(
            bytes([number]) * (first_of[starts[place + 1]] - first_of[starts[place]])
            for place, number in enumerate(numbers)
        )

    def of_taxa(self, bits: bytes) -> bytes:
        """A column of taxa as one of assessments."""
        counts = map(
            [len(pattern.slots) for pattern in PATTERNS].__getitem__, self.skeleton.patterns
        )
        return b"".join(map(lambda bit, count: bit * count, _singles(bits), counts))

    @cached_property
    def years(self) -> bytes:
        """For each assessment its year of publication, after 1980; 0 where it has none."""
        lookup = bytearray()
        for slot in SLOTS:
            first, last = _YEARS[slot.age]
            span = last - first + 1
            for chance in range(256):
                late = max(chance, chance * _SCATTER % 256)
                lookup.append(first + late * span // 256 - YEAR_0)
        keys = halves(self.chance("year"), self.skeleton.slots)
        return bytes(map(lookup.__getitem__, keys))

    @cached_property
    def categories(self) -> bytes:
        """For each assessment the place of its category in the API's list."""
        names = tuple(THREATS["low"])
        profiles = list(THREATS)
        tables = b"".join(
            spread({names.index(code): share for code, share in shares.items()})
            for shares in THREATS.values()
        )
        threats = self.by_family([profiles.index(f.threat) for f in self.skeleton.families])
        drawn = bytes(map(tables.__getitem__, halves(self.chance("category"), threats)))
        regional = self._by_slot(lambda slot: 0 if "1" in slot.scopes else 128)
        when = bytes(map(int.__or__, self.years, regional))
        return bytes(map(_category_lookup(names).__getitem__, halves(drawn, when)))

    @cached_property
    def concerns(self) -> bytes:
        """For each assessment how worrying its category is: CALM, WATCHED, THREATENED or GONE."""
        levels = [_CONCERN.get(code, CALM) for _, code, _ in codes.categories()]
        return self.categories.translate(table(levels))

    @cached_property
    def possibly_extinct(self) -> bytes:
        """For each assessment 1 if the taxon is critically endangered and possibly extinct."""
        return self._critical("possibly extinct", 10)

    @cached_property
    def possibly_extinct_in_the_wild(self) -> bytes:
        """For each assessment 1 if it is critically endangered and possibly extinct in the wild."""
        return self._critical("possibly extinct in the wild", 1.2)

    def _critical(self, name: str, percent: float) -> bytes:
        critical = table([row[:2] == ("3.1", "CR") for row in codes.categories()])
        drawn = self.chance(name).translate(spread({1: percent, 0: 100 - percent}))
        return both(self.categories.translate(critical), drawn)

    @cached_property
    def latest(self) -> bytes:
        """For each assessment 1 if it is the latest of its scopes."""
        return self._by_slot(lambda slot: slot.latest)

    def in_scope(self, code: str) -> bytes:
        """For each assessment 1 if it has a scope."""
        return self._by_slot(lambda slot: code in slot.scopes)

    def _by_slot(self, value: Callable[[Slot], int]) -> bytes:
        return self.skeleton.slots.translate(table([value(slot) for slot in SLOTS]))

    def published(self, fits: Callable[[int], bool]) -> bytes:
        """For each assessment 1 if it was published in a year that *fits*."""
        return self.years.translate(
            bytes(bool(number) and fits(YEAR_0 + number) for number in range(256))
        )


def _singles(bits: bytes) -> list[bytes]:
    return list(map((b"\x00", b"\x01").__getitem__, bits))


def _category_lookup(names: tuple[str, ...]) -> bytes:
    """The table from a drawn category and year (plus 128 where regional) to the API's list.

    Before 2001 the categories were those of version 2.3, before 1994 earlier ones; what is
    extinct in a region only is regionally extinct; what has no year has no category.
    """
    number = {row[:2]: place for place, row in enumerate(codes.categories())}
    found = bytearray(65536)
    for when in range(128):
        year = YEAR_0 + when
        for drawn, code in enumerate(names):
            version: str | None = "Earlier Version"
            used = "A" if code == "LC" and year < _ABUNDANT_UNTIL else _EARLIER[code]
            if not when:
                version, used = None, "N/A"
            elif year >= _SINCE_3_1:
                version, used = "3.1", code
            elif year >= _SINCE_2_3:
                version, used = "2.3", _TWO_POINT_THREE.get(code, code)
            regional = "RE" if (version, used) == ("3.1", "EX") else used
            found[drawn | when << 8] = number[version, used]
            found[drawn | (when | 128) << 8] = number[version, regional]
    return bytes(found)
