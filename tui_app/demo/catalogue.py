"""The catalogue: which assessments each list holds, and the facts of each assessment.

A column has a byte (or two) for each taxon or assessment: random bytes that translation tables
turn into values, which takes milliseconds for 250,000 assessments; each is made when it is first
needed. A facet, such as countries or threats, gives every taxon or assessment a *key* below 65,536
and says which codes a key stands for, so that the list of one code and the codes of one assessment
agree. The low byte of most keys is chance, the high byte what the chance is weighed by.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache, reduce
from itertools import chain, compress, count
from typing import Final

from tui_app.redlist import codes
from tui_app.redlist.operations import TAXON_RANKS

from .chance import Dice, column, mix, spread
from .tables import (
    BREADTHS,
    CLUSTERS,
    PATTERNS,
    SECTIONS,
    SLOTS,
    UNDATED,
    Slot,
    lines,
    shares,
    words,
)
from .taxa import SPECIES, Taxa

_KEPT_LISTS: Final = 48
_GREEN: Final = 182  # Green Status assessments
_WITHHELD: Final = 44_433
"""Draws what answers 404: none of crocodiles, cats, VA, or the first pages of CR, so that
``--details`` of a first example succeeds."""
_GROUP_STRIDE: Final = 97  # rows of a group don't ascend by id: each comes so many after the last
_OUTDATED_IN: Final = 2017  # what is older needs updating: ten years count
_ABUNDANT_UNTIL, _SINCE_2_3, _SINCE_3_1, _NEWEST = 1987, 1994, 2001, 2026
"""The years in which each version of the criteria was used."""
_YEAR_0: Final = 1980  # years are kept as bytes: how many they lie after this one; 0 for no year
_SCATTER: Final = 111  # the later of two years counts, of a byte and of the byte times this
_SYSTEMS: Final = {"T": 1, "F": 2, "M": 4}  # land, fresh water, sea: in the API's order

Members = Sequence[int]
Keys = Sequence[int]
Rule = Callable[[int], Sequence[str]]
Filters = tuple[tuple[str, bool | int | str], ...]
"""What a list is narrowed to: names of query parameters and their values."""


def _countries(place: int) -> tuple[str, ...]:
    """Codes of the countries of a place (``Catalogue.places``), the home country first."""
    return CLUSTERS[place & 255].countries[: BREADTHS[place >> 8 & 7]]


@cache
def _london(day: date) -> str:
    """A day as the API writes it: midnight UTC on London's clocks, with their offset."""
    first, last = (
        date(day.year, month, 31) - timedelta(days=(date(day.year, month, 31).weekday() + 1) % 7)
        for month in (3, 10)
    )
    summer = int(first < day <= last)  # clocks change at 01:00 UTC on the last Sundays
    return f"{day.isoformat()}T0{summer}:00:00.000+0{summer}:00"


def _halves(low: bytes, high: bytes) -> memoryview:
    """Two columns of bytes as one of 16-bit numbers."""
    joined = bytearray(2 * len(low))
    first = 0 if sys.byteorder == "little" else 1
    joined[first::2] = low
    joined[1 - first :: 2] = high
    return memoryview(joined).cast("H")


def _both(one: bytes, other: bytes) -> bytes:
    """1 where both columns of zeros and ones have a 1."""
    joined = int.from_bytes(one, "big") & int.from_bytes(other, "big")
    return joined.to_bytes(len(one), "big")


def _strewn(members: Members) -> Members:
    """The same assessments in an order that has nothing to do with their ids."""
    parts = (members[first::_GROUP_STRIDE] for first in range(_GROUP_STRIDE))
    return array("I", chain.from_iterable(parts))


@dataclass
class Facet:
    """What taxa or assessments are coded with."""

    make_keys: Callable[[], Keys]  # makes the column of keys
    codes_of: Rule  # the codes that a key stands for; codes may be repeated
    of_taxa: bool = False  # whether keys belong to taxa; else to assessments

    @cached_property
    def keys(self) -> Keys:
        """The key of each taxon or assessment."""
        return self.make_keys()

    @cached_property
    def _by_code(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for key in set(self.keys):
            for code in set(self.codes_of(key)):
                found.setdefault(code, []).append(key)
        return found

    def mask(self, code: str) -> bytes:
        """For each taxon or assessment 1 if it has a code."""
        table = bytearray(65_536)
        for key in self._by_code.get(code, ()):
            table[key] = 1
        return bytes(map(table.__getitem__, self.keys))


class Catalogue:
    """All taxa and assessments of one seed: lists by what is asked, facts by number."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.taxa = Taxa(seed)
        groups = {path: self._of_groups(path, line) for path, line in lines("facets").items()}
        self.facets = {**self._of_columns(), **groups}
        # A list is paged through: the last few are kept.
        self.listed = lru_cache(_KEPT_LISTS)(self._listed)
        self.search = lru_cache(_KEPT_LISTS)(self._search)

    def warm(self) -> None:
        """Do the work that the first requests would do."""
        _ = self.taxa.slots, self.taxa.ranks
        _ = self.categories, self.possibly_extinct, self.possibly_extinct_in_the_wild
        self.facets["countries"].mask("MG")

    # -- columns of taxa -------------------------------------------------------------------

    @cached_property
    def _homes(self) -> bytes:
        """For each taxon its cluster of countries; regional assessments decide on its region."""
        tables = []
        for pattern in PATTERNS:
            fits = [n for n, one in enumerate(CLUSTERS) if pattern.tag in ("", one.tag)]
            tables.append(bytes(fits[chance * len(fits) // 256] for chance in range(256)))
        chance = column(self.seed, "cluster", self.taxa.count)
        return bytes(map(b"".join(tables).__getitem__, _halves(chance, self.taxa.patterns)))

    @cached_property
    def _systems(self) -> bytes:
        """For each taxon its systems: 1 land, 2 fresh water, 4 sea, or a sum of them."""
        tables: dict[str, bytes] = {}
        for letters in {family.systems for family in self.taxa.families}:
            single = [_SYSTEMS[letter] for letter in letters]
            tables[letters] = spread({**dict.fromkeys(single, 40.0), sum(single): 25.0})
        chance = column(self.seed, "system", self.taxa.count)
        return self.taxa.by_family(chance, lambda family: tables[family.systems])

    @cached_property
    def places(self) -> memoryview:
        """For each taxon where it lives: cluster, breadth (0-7) << 8, systems << 11."""
        breadths = column(self.seed, "breadth", self.taxa.count)
        pairs = zip(breadths, self._systems, strict=True)
        return _halves(self._homes, bytes(breadth & 7 | systems << 3 for breadth, systems in pairs))

    # -- columns of assessments ------------------------------------------------------------

    def chance(self, name: str) -> bytes:
        """Random bytes, one an assessment."""
        return column(self.seed, name, self.taxa.assessment_starts[-1])

    def _by_family(self, numbers: Sequence[int]) -> bytes:
        """A column with one number for all of a family."""
        starts = [self.taxa.assessment_starts[taxon] for taxon in self.taxa.family_starts]
        return b"".join(
            bytes([number]) * (end - start)
            for number, start, end in zip(numbers, starts, starts[1:], strict=False)
        )

    def _of_taxa(self, bits: bytes) -> bytes:
        """A column of taxa as one of assessments."""
        counts = map([len(pattern.slots) for pattern in PATTERNS].__getitem__, self.taxa.patterns)
        return b"".join(map(lambda bit, count: bytes((bit,)) * count, bits, counts))

    def _by_slot(self, value: Callable[[Slot], int]) -> bytes:
        return self.taxa.slots.translate(bytes(map(value, SLOTS)).ljust(256, b"\0"))

    @cached_property
    def years(self) -> bytes:
        """For each assessment its year of publication, after 1980; 0 where it has none."""
        lookup = bytearray()
        for slot in SLOTS:
            first, last = map(int, lines("years")[str(slot.age)].split())
            for chance in range(256):
                late = max(chance, chance * _SCATTER % 256)
                lookup.append(first + late * (last - first + 1) // 256 - _YEAR_0)
        return bytes(map(lookup.__getitem__, _halves(self.chance("year"), self.taxa.slots)))

    @cached_property
    def categories(self) -> bytes:
        """For each assessment the place of its category in the API's list."""
        profiles = shares("categories")
        names = list(profiles["low"])
        tables = b"".join(
            spread({names.index(code): share for code, share in each.items()})
            for each in profiles.values()
        )
        threats = [list(profiles).index(family.threat) for family in self.taxa.families]
        keys = _halves(self.chance("category"), self._by_family(threats))
        regional = self._by_slot(lambda slot: 0 if "1" in slot.scopes else 128)
        when = bytes(map(int.__or__, self.years, regional))
        drawn = bytes(map(tables.__getitem__, keys))
        return bytes(map(_category_lookup(names).__getitem__, _halves(drawn, when)))

    @cached_property
    def _kinds(self) -> bytes:
        """For each assessment the place of its class or kingdom among those of growth forms."""
        names = list(lines("growth_forms"))
        numbers = []
        for family in self.taxa.families:
            found = (names.index(n) for n in (family.lineage[2], family.lineage[0]) if n in names)
            numbers.append(next(found, 0))
        return self._by_family(numbers)

    @cached_property
    def _concerns(self) -> bytes:
        """For each assessment how worrying its category is, from 0 to 3 (extinct)."""
        levels = {code: int(k) for k, text in lines("concerns").items() for code in text.split()}
        table = bytes(levels.get(code, 0) for _, code, _ in codes.categories())
        return self.categories.translate(table.ljust(256, b"\0"))

    def _critical(self, name: str, percent: float) -> bytes:
        critical = bytes(row[:2] == ("3.1", "CR") for row in codes.categories()).ljust(256, b"\0")
        drawn = self.chance(name).translate(spread({1: percent, 0: 100 - percent}))
        return _both(self.categories.translate(critical), drawn)

    @cached_property
    def possibly_extinct(self) -> bytes:
        """For each assessment 1 if the taxon is critically endangered and possibly extinct."""
        return self._critical("possibly extinct", 10)

    @cached_property
    def possibly_extinct_in_the_wild(self) -> bytes:
        """As :attr:`possibly_extinct`, in the wild."""
        return self._critical("possibly extinct in the wild", 1.2)

    @cached_property
    def latest(self) -> bytes:
        """For each assessment 1 if it is the latest of its scopes."""
        return self._by_slot(lambda slot: slot.latest)

    def published(self, fits: Callable[[int], bool]) -> bytes:
        """For each assessment 1 if it was published in a year that *fits*."""
        return self.years.translate(bytes(bool(n) and fits(_YEAR_0 + n) for n in range(256)))

    # -- facets ----------------------------------------------------------------------------

    def _of_columns(self) -> dict[str, Facet]:
        """Facets that follow from where a taxon lives, or are columns of their own."""

        def realms(place: int) -> Sequence[str]:
            """A second realm only where the taxon is widespread, none in the sea."""
            most = 0 if place >> 11 == _SYSTEMS["M"] else 1 + (place >> 8 & 7 > 5)
            return CLUSTERS[place & 255].realms[:most]

        def seas(place: int) -> Sequence[str]:
            """One sea for a narrow range, all around for a wide one."""
            most = 1 + (place >> 8 & 7) // 2 if place >> 11 & _SYSTEMS["M"] else 0
            return CLUSTERS[place & 255].seas[:most]

        def systems(place: int) -> Sequence[str]:
            return [str(n) for n, bit in enumerate(_SYSTEMS.values()) if place >> 11 & bit]

        titles = codes.categories()
        return {
            "biogeographical_realms": Facet(lambda: self.places, realms, True),
            "countries": Facet(lambda: self.places, _countries, True),
            "faos": Facet(lambda: self.places, seas, True),
            "systems": Facet(lambda: self.places, systems, True),
            "red_list_categories": Facet(lambda: self.categories, lambda key: (titles[key][1],)),
            "scopes": Facet(lambda: self.taxa.slots, lambda key: SLOTS[key].scopes),
        }

    def _of_groups(self, path: str, line: str) -> Facet:
        """A facet that is drawn from a pool of codes, by a line of the section ``facets``.

        The line has the columns of groups and of chance, the stream of choices (threats and
        stresses share one), and for each group, the last for all that follow, the percent that
        have any and how many at most. A section of the facet's name has a pool for each group;
        else they share the code list, with more leaves than branches.
        """
        by, chance, stream, *weights = line.split()
        numbers = [tuple(map(int, weight.split("/"))) for weight in weights]
        pools = [text.split() for text in lines(path).values()] if path in SECTIONS else []
        if by == "systems":
            pools = [
                [code for bit, pool in zip(_SYSTEMS.values(), pools, strict=True) if n & bit
                 for code in pool]
                for n in range(8)
            ]  # fmt: skip
        elif not pools:
            listed = codes.schemes()[path]
            pool = [code for code in listed if "_" in code] * 3
            pools = [pool + [code for code in listed if path != "conservation_actions"]] * 16

        def rule(key: int) -> Sequence[str]:
            dice, group = Dice(self.seed, stream, key), key >> 8
            percent, most = numbers[min(group, len(numbers) - 1)]
            if not dice.chance(percent):
                return ()
            found = [dice.pick(pools[group]) for _ in range(1 + dice.below(most))]
            return found if by == "concerns" else list(dict.fromkeys(found))

        def keys() -> Keys:
            if by == "systems":
                return _halves(self.chance(chance)[: self.taxa.count], self._systems)
            return _halves(self.chance(chance), self._concerns if by == "concerns" else self._kinds)

        return Facet(keys, rule, by == "systems")

    # -- lists -----------------------------------------------------------------------------

    def _listed(self, path: str, code: str, filters: Filters = ()) -> Members | None:
        """The assessments of one list, in its order; None if there is no such list.

        *code* is a code, or the name of a group or taxon; empty where the path takes none.
        """
        members = self._members(path, code)
        if members is None or not filters:
            return members
        mask = reduce(_both, (self._fitting(name, value) for name, value in filters))
        return array("I", compress(members, map(mask.__getitem__, members)))

    def _search(self, wanted: tuple[str, ...]) -> Members:
        """The assessments that fit all filters of ``assessment_search``, not in order of id."""
        masks = [SEARCHES[name](self) for name in wanted]
        return _strewn(_where(reduce(_both, masks, self.latest)))

    def _fitting(self, name: str, value: bool | int | str) -> bytes:
        """For each assessment 1 if it fits a filter."""
        if name == "year_published":
            return self.published(lambda year: year == value)
        if name == "scope_code":
            return self._by_slot(lambda slot: value in slot.scopes)
        flag: bytes = getattr(self, name)
        return flag if value else flag.translate(b"\x01" + bytes(255))

    def _members(self, path: str, code: str) -> Members | None:
        if path.startswith("taxa/possibly_extinct"):
            return _where(_both(self._fitting(path.removeprefix("taxa/"), True), self.latest))
        if path.startswith("taxa/"):
            taxa = self.taxa.within(path.removeprefix("taxa/"), code)
            return self._assessments(taxa) if taxa else None
        if path == "comprehensive_groups":
            names = lines("groups").get(code, "").split()
            each = (
                next(filter(None, (self.taxa.within(rank, name) for rank in TAXON_RANKS)), [])
                for name in names
            )
            parts = sorted(chain.from_iterable(each), key=lambda part: part.start)
            return _strewn(self._assessments(parts)) if names else None
        facet = self.facets[path]
        mask = facet.mask(code)
        if not facet.of_taxa:
            return _where(mask)
        starts = self.taxa.assessment_starts
        ranges = map(range, compress(starts, mask), compress(starts[1:], mask))
        return array("I", chain.from_iterable(ranges))

    def _assessments(self, taxa: Sequence[range]) -> Members:
        starts = self.taxa.assessment_starts
        parts = [range(starts[part.start], starts[part.stop]) for part in taxa]
        return parts[0] if len(parts) == 1 else array("I", chain.from_iterable(parts))

    def lives_only_in(self, countries: frozenset[str] | None) -> bytes:
        """For each assessment 1 if the taxon lives nowhere else; in one country only for None."""

        def fits(place: int) -> bool:
            found = _countries(place)
            return len(found) == 1 if countries is None else countries.issuperset(found)

        fitting = {place: fits(place) for place in set(self.places)}
        return self._of_taxa(bytes(map(fitting.__getitem__, self.places)))

    @cached_property
    def green_taxa(self) -> list[int]:
        """The taxa that have a Green Status assessment."""
        drawn = (mix(turn ^ 0x96EE) % self.taxa.count for turn in count())
        found: dict[int, None] = {}
        while len(found) < _GREEN:
            taxon = next(drawn)
            if self.taxa.ranks[taxon] == SPECIES:
                found[taxon] = None
        return list(found)

    def green(self) -> bytes:
        """For each assessment 1 if its taxon has a Green Status assessment."""
        green = set(self.green_taxa)
        return self._of_taxa(bytes(taxon in green for taxon in range(self.taxa.count)))

    # -- facts of one assessment -----------------------------------------------------------

    def slot(self, assessment: int) -> Slot:
        """Its scopes and its place in the history."""
        return SLOTS[self.taxa.slots[assessment]]

    def year(self, assessment: int) -> int | None:
        """The year it was published in, or None."""
        number = self.years[assessment]
        return _YEAR_0 + number if number else None

    def date(self, assessment: int) -> str | None:
        """The day it was made, at most some months before it was published; now and then None."""
        year, chance = self.year(assessment), mix(assessment + 77)
        if year is None or chance % 211 == 0:
            return None
        before = year == _NEWEST or chance & 3 == 0
        return _london(date(year - before, 1 + (chance >> 2) % 12, 1 + (chance >> 6) % 28))

    def category(self, assessment: int) -> tuple[str | None, str, str]:
        """Version, code and title of its category."""
        return codes.categories()[self.categories[assessment]]

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
        place = self.taxa.taxon_of(assessment) if facet.of_taxa else assessment
        return facet.codes_of(facet.keys[place])


_CRITERIA: Final = {code: text.split("|") for code, text in lines("criteria").items()}


def _where(mask: bytes) -> Members:
    return array("I", compress(range(len(mask)), mask))


def _category_lookup(names: Sequence[str]) -> bytes:
    """The table from a drawn category and year (plus 128 where regional) to the API's list.

    Before 2001 the categories were those of version 2.3, before 1994 earlier ones; what is
    extinct in a region only is regionally extinct; what has no year has no category.
    """
    earlier = {k: text.split() for k, text in lines("earlier").items()}
    renamed = {k: dict(zip(v[::2], v[1::2], strict=True)) for k, v in earlier.items()}
    number = {row[:2]: place for place, row in enumerate(codes.categories())}
    found = bytearray(65_536)
    for when in range(128):
        year = _YEAR_0 + when
        version = "2.3" if year >= _SINCE_2_3 else "Earlier Version"
        for drawn, code in enumerate(names):
            own: tuple[str | None, str] = version, renamed[version].get(code, code)
            if not when:
                own = None, "N/A"
            elif year >= _SINCE_3_1:
                own = "3.1", code
            elif code == "LC" and year < _ABUNDANT_UNTIL:
                own = version, "A"
            found[drawn | when << 8] = number[own]
            found[drawn | (when | 128) << 8] = number[
                ("3.1", "RE") if own == ("3.1", "EX") else own
            ]
    return bytes(found)


SEARCHES: Final[dict[str, Callable[[Catalogue], bytes]]] = {
    "amazing": lambda known: known.chance("amazing").translate(spread({1: 2, 0: 98})),
    "cr_pe": lambda known: known.possibly_extinct,
    "cr_pew": lambda known: known.possibly_extinct_in_the_wild,
    "endemic": lambda known: known.lives_only_in(None),
    "eu_27_post_2020_endemic": lambda known: known.lives_only_in(
        frozenset(words("european_union"))
    ),
    "gss": Catalogue.green,
    "needs_updating": lambda known: known.published(lambda year: year < _OUTDATED_IN),
}
"""The filters of ``assessment_search``, each as a column over all assessments."""
