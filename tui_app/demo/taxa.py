"""The invented taxa: their classification, names, ids, and how many assessments each has.

Taxa stand in taxonomic order and have numbers from 0; so have assessments, those of one taxon
together, the oldest first. Ids and names are computed from those numbers and back again. Ids and
page counts are the same for every seed; names follow it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from tui_app.redlist.operations import TAXON_RANKS

from .chance import Dice, column, mix, spread
from .tables import PATTERNS, SECTIONS, Family, blanks, families, lines, shares, words

_ODD: Final = {0: (23, 26), 1: (24, 27), 2: (25, 28)}
"""For a usual pattern those of the same length without a latest one, and without scopes or year."""
_ODD_SHARES: Final = {0: 95.5, 1: 2.7, 2: 1.8}  # of none, of the first and of the second of them

SPECIES, INFRARANK, SUBPOPULATION = 0, 1, 2

_SEED: Final = 20250  # of what does not depend on the seed
_ASSESSMENT_FIRST, _ASSESSMENT_STEP = 495_630, 1_087
_SIS_FIRST: Final = 137
_SIS_STIR: Final = 77_773  # a prime: it scatters the ids over the catalogue

# -- names ---------------------------------------------------------------------------------

_ENDINGS, _STEMS, SURNAMES, PLACES = map(words, ("endings", "stems", "surnames", "places"))
_ONSETS, _MIDDLES, _ADJECTIVES = map(words, ("onsets", "middles", "adjectives"))
_NOUNS: Final = {group: blanks(nouns) for group, nouns in lines("nouns").items()}
_VERNACULARS: Final = tuple(
    (language, blanks(text.partition("|")[0]), blanks(text.partition("|")[2]))
    for language, text in lines("vernaculars").items()
)
_SUFFIXES: Final = tuple(line.split(",") for line in SECTIONS["suffixes"])
_GENUS_SIZES: Final = (1, 3, 2, 8, 1, 5, 1, 2, 13, 1, 4, 1, 27, 2, 1, 6)
_GENUS_EDGES: Final = tuple(accumulate(_GENUS_SIZES, initial=0))
_CYCLE: Final = _GENUS_EDGES[-1]
_GENERA: Final = 1 << 16
_GENUS_STIR: Final = 40_503
_EPITHET_STEP: Final = 197
_EPITHETS: Final = tuple(
    stem[:-1] + forms[3] if stem.endswith(":") else stem + forms[0]
    for stem in _STEMS
    for forms in _SUFFIXES
)


class Genus(NamedTuple):
    """A genus."""

    number: int  # from 0 over all families
    first: int  # its first taxon
    end: int  # the taxon after its last
    name: str


class Taxa:
    """The taxa of one seed, and the numbers of their assessments."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.families = families()
        self.family_starts = array("I", accumulate((f.size for f in self.families), initial=0))
        self.count = self.family_starts[-1]
        self._unstir = pow(_SIS_STIR, -1, self.count)
        genera = (-(-family.size // _CYCLE) * len(_GENUS_SIZES) for family in self.families)
        self._genus_starts = array("I", accumulate(genera, initial=0))
        self._offset = mix(seed ^ 0xA11CE) & (_GENERA - 1)
        self._last_genus = Genus(-1, 0, 0, "")

    # -- columns ---------------------------------------------------------------------------

    def by_family(self, chance: bytes, table_of: Callable[[Family], bytes]) -> bytes:
        """A column of taxa: each family's part of *chance* translated by its own table."""
        starts = self.family_starts
        return b"".join(
            chance[starts[number] : starts[number + 1]].translate(table_of(family))
            for number, family in enumerate(self.families)
        )

    def _by_history(self, name: str, chance: str) -> bytes:
        tables = {
            history: spread({int(value): share for value, share in each.items()})
            for history, each in shares(name).items()
        }
        drawn = column(_SEED, chance, self.count)
        return self.by_family(drawn, lambda family: tables[family.history])

    @cached_property
    def patterns(self) -> bytes:
        """For each taxon the number of its pattern."""
        odd = column(_SEED, "odd", self.count).translate(spread(_ODD_SHARES))
        found = {
            (one, number): _ODD[one][number - 1] if number and one in _ODD else one
            for one in range(len(PATTERNS))
            for number in _ODD_SHARES
        }
        usual = self._by_history("histories", "pattern")
        return bytes(map(found.__getitem__, zip(usual, odd, strict=True)))

    @cached_property
    def ranks(self) -> bytes:
        """For each taxon whether it is a species, an infrarank or a subpopulation."""
        return self._by_history("ranks", "rank")

    @cached_property
    def assessment_starts(self) -> array[int]:
        """For each taxon the number of its first assessment; one more at the end."""
        lengths = [len(pattern.slots) for pattern in PATTERNS]
        return array("I", accumulate(map(lengths.__getitem__, self.patterns), initial=0))

    @cached_property
    def slots(self) -> bytes:
        """For each assessment the number of its slot."""
        pieces = [bytes(pattern.slots) for pattern in PATTERNS]
        return b"".join(map(pieces.__getitem__, self.patterns))

    # -- numbers and ids -------------------------------------------------------------------

    def family_of(self, taxon: int) -> int:
        """The number of the family of a taxon."""
        return bisect_right(self.family_starts, taxon) - 1

    def taxon_of(self, assessment: int) -> int:
        """The taxon of an assessment."""
        return bisect_right(self.assessment_starts, assessment) - 1

    def history(self, taxon: int) -> range:
        """The assessments of a taxon, the oldest first."""
        return range(self.assessment_starts[taxon], self.assessment_starts[taxon + 1])

    def best(self, taxon: int) -> int:
        """The assessment that stands for a taxon: latest Global, else latest, else newest."""
        return self.assessment_starts[taxon] + PATTERNS[self.patterns[taxon]].best

    def sis_id(self, taxon: int) -> int:
        """The id of a taxon in IUCN's Species Information Service."""
        stirred = taxon * _SIS_STIR % self.count
        return _SIS_FIRST + stirred * 2 + (mix(stirred) & 1)

    def taxon_of_sis_id(self, sis_id: int) -> int | None:
        """The taxon that has an id, or None."""
        taxon = (sis_id - _SIS_FIRST) // 2 * self._unstir % self.count
        return taxon if self.sis_id(taxon) == sis_id else None

    def assessment_id(self, assessment: int) -> int:
        """The id of an assessment."""
        own = mix(assessment ^ 0x5EED) % _ASSESSMENT_STEP
        return _ASSESSMENT_FIRST + assessment * _ASSESSMENT_STEP + own

    def assessment_of_id(self, assessment_id: int) -> int | None:
        """The assessment that has an id, or None."""
        assessment = (assessment_id - _ASSESSMENT_FIRST) // _ASSESSMENT_STEP
        if not 0 <= assessment < self.assessment_starts[-1]:
            return None
        return assessment if self.assessment_id(assessment) == assessment_id else None

    # -- classification --------------------------------------------------------------------

    @cached_property
    def _ranges(self) -> dict[str, dict[str, list[range]]]:
        found: dict[str, dict[str, list[range]]] = {rank: {} for rank in TAXON_RANKS}
        for number, family in enumerate(self.families):
            first, end = self.family_starts[number : number + 2]
            for rank, name in zip(TAXON_RANKS, family.lineage, strict=True):
                parts = found[rank].setdefault(name, [])
                joined = parts.pop().start if parts and parts[-1].stop == first else first
                parts.append(range(joined, end))
        return found

    def rank_names(self, rank: str) -> list[str]:
        """The names of one rank (``kingdom``, …, ``family``) in alphabetical order."""
        return sorted(self._ranges[rank])

    def within(self, rank: str, name: str) -> list[range]:
        """The taxa of one name of a rank, in any case; several ranges for NOT ASSIGNED."""
        return self._ranges[rank].get(name.upper(), [])

    def genus_of(self, taxon: int) -> Genus:
        """The genus that a taxon belongs to (the last one asked for is remembered)."""
        genus = self._last_genus
        if genus.first <= taxon < genus.end:
            return genus
        family = self.family_of(taxon)
        cycle, place = divmod(taxon - self.family_starts[family], _CYCLE)
        index = bisect_right(_GENUS_EDGES, place) - 1
        self._last_genus = self._genus(
            self._genus_starts[family] + cycle * len(_GENUS_SIZES) + index
        )
        return self._last_genus

    def _genus(self, number: int) -> Genus:
        family = bisect_right(self._genus_starts, number) - 1
        start, end = self.family_starts[family : family + 2]
        cycle, index = divmod(number - self._genus_starts[family], len(_GENUS_SIZES))
        first = start + cycle * _CYCLE + _GENUS_EDGES[index]
        last = min(first + _GENUS_SIZES[index], end)
        return Genus(number, first, last, self.genus_name(number))

    def rank_of(self, taxon: int) -> int:
        """SPECIES, INFRARANK or SUBPOPULATION; the first taxon of a genus is always a species."""
        rank = self.ranks[taxon]
        return SPECIES if rank == SPECIES or self.genus_of(taxon).first == taxon else rank

    def species_of(self, taxon: int) -> int:
        """The species that an infrarank or a subpopulation belongs to; itself for a species."""
        while self.rank_of(taxon) != SPECIES:
            taxon -= 1
        return taxon

    def below(self, species: int) -> range:
        """The infraranks and subpopulations of a species."""
        genus, end = self.genus_of(species), species + 1
        while end < genus.end and self.ranks[end] != SPECIES:
            end += 1
        return range(species + 1, end)

    # -- names -----------------------------------------------------------------------------

    def genus_name(self, number: int) -> str:
        """The name of a genus by its number."""
        stirred = (number * _GENUS_STIR + self._offset) & (_GENERA - 1)
        return _ONSETS[stirred & 63] + _MIDDLES[stirred >> 6 & 31] + _ENDINGS[stirred >> 11][:-2]

    def epithet(self, genus: Genus, place: int) -> str:
        """The epithet of the taxon at a place in its genus: no two of a genus are alike."""
        first = mix(genus.number ^ self.seed)
        return _EPITHETS[(first + place * _EPITHET_STEP) % len(_EPITHETS)]

    def parts(self, taxon: int) -> tuple[str, str, str | None, str | None]:
        """Genus, species, infrarank and subpopulation of a taxon's name."""
        genus, rank = self.genus_of(taxon), self.rank_of(taxon)
        own = self.epithet(genus, taxon - genus.first)
        if rank == SPECIES:
            return genus.name, own, None, None
        species = self.epithet(genus, self.species_of(taxon) - genus.first)
        if rank == INFRARANK:
            return genus.name, species, own, None
        return (
            genus.name,
            species,
            None,
            f"{PLACES[mix(taxon ^ 0xB0A7) % len(PLACES)]} subpopulation",
        )

    def scientific_name(self, taxon: int) -> str:
        """The whole name: ``Genus species``, with ``ssp. infra`` or the subpopulation's name."""
        genus, species, infra, population = self.parts(taxon)
        if infra:
            return f"{genus} {species} {self.infra_rank(taxon)} {infra}"
        return f"{genus} {species} {population}" if population else f"{genus} {species}"

    def infra_rank(self, taxon: int) -> str:
        """How an infrarank is abbreviated: ``ssp.``, for some plants ``var.``."""
        kingdom = self.families[self.family_of(taxon)].lineage[0]
        return "var." if kingdom == "PLANTAE" and mix(taxon) & 1 else "ssp."

    def find(self, *name: str | None) -> int | None:
        """The taxon whose :meth:`parts` are these, in any case; None if there is none."""
        wanted = [(part or "").lower() for part in name]
        number = self._genera.get(wanted[0])
        if number is None:
            return None
        genus = self._genus(number)
        for taxon in range(genus.first, genus.end):
            if [(part or "").lower() for part in self.parts(taxon)] == wanted:
                return taxon
        return None

    @cached_property
    def _genera(self) -> dict[str, int]:
        return {self.genus_name(number).lower(): number for number in range(self._genus_starts[-1])}

    def authority(self, taxon: int) -> str:
        """Who described a taxon: zoologists give a year, botanists mostly none."""
        chance = mix(taxon * 3 + 1 ^ self.seed)
        who = SURNAMES[chance >> 27]
        if chance & 3 == 0:
            who += f" & {SURNAMES[chance >> 22 & 31]}"
        if taxon < self.within("kingdom", "ANIMALIA")[-1].stop:
            who += f", {1758 + chance % 262}"
        return f"({who})" if chance & 64 else who

    def main_common_name(self, taxon: int) -> str | None:
        """The English name; None for most taxa of little-known groups."""
        chance = mix(taxon ^ self.seed ^ 0xC0DE)
        kingdom, _, klass, *_ = self.families[self.family_of(taxon)].lineage
        if chance % 100 >= (92 if klass in _NOUNS else 24):
            return None
        nouns = _NOUNS.get(klass) or _NOUNS.get(kingdom) or _NOUNS["OTHER"]
        name = f"{_ADJECTIVES[chance >> 8 & 15]} {nouns[(chance >> 16) % len(nouns)]}"
        who = SURNAMES[mix(taxon ^ self.seed) & 31]
        return f'"{who}\'s" {name}' if chance % 97 == 0 else name

    def common_names(self, taxon: int) -> list[tuple[str, str, bool]]:
        """Name, language (ISO 639-2) and whether it is the main one, in several scripts."""
        dice = Dice(self.seed, "common", taxon)
        found: list[tuple[str, str, bool]] = []
        if main := self.main_common_name(taxon):
            for _ in range(dice.below(5)):
                language, adjectives, nouns = dice.pick(_VERNACULARS)
                joint = "" if language in {"jpn", "chi"} else " "
                found.append((dice.pick(adjectives) + joint + dice.pick(nouns), language, False))
            found.insert(dice.below(len(found) + 1), (main, "eng", True))
        return found
