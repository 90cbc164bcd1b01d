"""Names of the invented taxa: genus, species, infrarank, subpopulation, authority, vernaculars.

Every name is computed from the taxon's number and the seed. Genera are three pieces each, of a
kind that no nomenclature uses; epithets are ordinary Latin. Infraranks and subpopulations follow
their species.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from .hashing import Dice, mix
from .skeleton import INFRARANK, SPECIES, Skeleton
from .tables import lines, split, words

_ONSETS, _MIDDLES, _ENDINGS = words("onsets"), words("middles"), words("endings")
_STEMS, SURNAMES, PLACES = words("stems"), words("surnames"), words("places")
_ADJECTIVES: Final = words("adjectives")
_NOUNS: Final = {group: split(nouns) for group, nouns in lines("nouns").items()}
_VERNACULARS: Final = tuple(
    (language, split(text.partition("|")[0]), split(text.partition("|")[2]))
    for language, text in lines("vernaculars").items()
)
_SUFFIXES: Final = (
    ("us", "a", "um"), ("ensis", "ensis", "ense"), ("atus", "ata", "atum"), ("oides",) * 3,
    ("ulus", "ula", "ulum"), ("icola",) * 3, ("inus", "ina", "inum"), ("ifer", "ifera", "iferum"),
)  # fmt: skip

_GENUS_SIZES: Final = (1, 3, 2, 8, 1, 5, 1, 2, 13, 1, 4, 1, 27, 2, 1, 6)
_GENUS_EDGES: Final = tuple(accumulate(_GENUS_SIZES, initial=0))
_CYCLE: Final = _GENUS_EDGES[-1]
_GENERA: Final = 1 << 16
_GENUS_STIR: Final = 40_503
_EPITHETS: Final = len(_STEMS) * len(_SUFFIXES)
_EPITHET_STEP: Final = 197
_GENDERS: Final = "mfn"
_STANDING: Final = ("", "ensis", "ata", "oides", "ella", "icola", "ina", "ifera")


def _epithets(gender: int) -> tuple[str, ...]:
    """All epithets in one gender; stems that end in a colon have endings of no gender."""
    return tuple(
        stem[:-1] + _STANDING[number] if stem.endswith(":") else stem + suffix[gender]
        for stem in _STEMS
        for number, suffix in enumerate(_SUFFIXES)
    )


_EPITHET_FORMS: Final = tuple(_epithets(gender) for gender in range(len(_GENDERS)))


class Genus(NamedTuple):
    """A genus.

    Attributes:
        number: its number, from 0 over all families.
        first: its first taxon.
        end: the taxon after its last.
        name: its name.
        gender: 0 masculine, 1 feminine, 2 neuter.
        epithets: where its epithets begin in the list of all.
    """

    number: int
    first: int
    end: int
    name: str
    gender: int
    epithets: int


class Names:
    """Names of the taxa of one catalogue."""

    def __init__(self, skeleton: Skeleton, seed: int) -> None:
        """Name the taxa of *skeleton* by *seed*."""
        self._skeleton = skeleton
        self._seed = seed
        self._offset = mix(seed ^ 0xA11CE) & (_GENERA - 1)
        genera = (-(-family.size // _CYCLE) * len(_GENUS_SIZES) for family in skeleton.families)
        self._genus_starts = array("I", accumulate(genera, initial=0))
        self._animals = skeleton.taxa_of("kingdom", "ANIMALIA")[-1].stop
        self._last_genus = Genus(-1, 0, 0, "", 0, 0)
        self._last_nouns: tuple[int, int, tuple[str, ...], int] = (0, 0, (), 0)

    # -- where a taxon stands --------------------------------------------------------------

    def genus_of(self, taxon: int) -> Genus:
        """The genus that a taxon belongs to (the last one asked for is remembered)."""
        genus = self._last_genus
        if genus.first <= taxon < genus.end:
            return genus
        starts = self._skeleton.family_starts
        family = bisect_right(starts, taxon) - 1
        cycle, place = divmod(taxon - starts[family], _CYCLE)
        index = bisect_right(_GENUS_EDGES, place) - 1
        number = self._genus_starts[family] + cycle * len(_GENUS_SIZES) + index
        first = taxon - place + _GENUS_EDGES[index]
        end = min(first + _GENUS_SIZES[index], starts[family + 1])
        self._last_genus = Genus(
            number, first, end, *self._genus_name(number), mix(number ^ self._seed)
        )
        return self._last_genus

    def rank_of(self, taxon: int) -> int:
        """SPECIES, INFRARANK or SUBPOPULATION; the first taxon of a genus is always a species."""
        rank = self._skeleton.ranks[taxon]
        if rank == SPECIES or self.genus_of(taxon).first == taxon:
            return SPECIES
        return rank

    def species_of(self, taxon: int) -> int:
        """The species that an infrarank or a subpopulation belongs to; itself for a species."""
        first = self.genus_of(taxon).first
        ranks = self._skeleton.ranks
        while taxon > first and ranks[taxon] != SPECIES:
            taxon -= 1
        return taxon

    def below(self, species: int) -> range:
        """The infraranks and subpopulations of a species."""
        genus = self.genus_of(species)
        ranks = self._skeleton.ranks
        end = species + 1
        while end < genus.end and ranks[end] != SPECIES:
            end += 1
        return range(species + 1, end)

    # -- scientific names ------------------------------------------------------------------

    def genus_name(self, number: int) -> str:
        """The name of a genus by its number."""
        return self._genus_name(number)[0]

    def _genus_name(self, number: int) -> tuple[str, int]:
        stirred = (number * _GENUS_STIR + self._offset) & (_GENERA - 1)
        ending = _ENDINGS[stirred >> 11]
        name = _ONSETS[stirred & 63] + _MIDDLES[stirred >> 6 & 31] + ending[:-2]
        return name, _GENDERS.index(ending[-1])

    def epithet(self, genus: Genus, place: int) -> str:
        """The epithet of the taxon at a place in its genus: no two of a genus are alike."""
        return _EPITHET_FORMS[genus.gender][(genus.epithets + place * _EPITHET_STEP) % _EPITHETS]

    def parts(self, taxon: int) -> tuple[str, str, str | None, str | None]:
        """Genus, species, infrarank and subpopulation of a taxon's name."""
        genus = self.genus_of(taxon)
        rank = self.rank_of(taxon)
        if rank == SPECIES:
            return genus.name, self.epithet(genus, taxon - genus.first), None, None
        species = self.epithet(genus, self.species_of(taxon) - genus.first)
        if rank == INFRARANK:
            return genus.name, species, self.epithet(genus, taxon - genus.first), None
        return genus.name, species, None, f"{self.place(taxon)} subpopulation"

    def scientific_name(self, taxon: int) -> str:
        """The whole name: ``Genus species``, with ``ssp. infra`` or the subpopulation's name."""
        genus_name, species_name, infra, population = self.parts(taxon)
        if infra:
            return f"{genus_name} {species_name} {self.infra_rank(taxon)} {infra}"
        if population:
            return f"{genus_name} {species_name} {population}"
        return f"{genus_name} {species_name}"

    def infra_rank(self, taxon: int) -> str:
        """How an infrarank is abbreviated: ``ssp.``, for some plants ``var.``."""
        family = self._skeleton.families[self._skeleton.family_of(taxon)]
        return "var." if family.lineage[0] == "PLANTAE" and mix(taxon) & 1 else "ssp."

    def place(self, number: int) -> str:
        """A place that is on no map."""
        return PLACES[mix(number ^ 0xB0A7) % len(PLACES)]

    def find(
        self, genus: str, species: str, infra: str | None, population: str | None
    ) -> int | None:
        """The taxon of a name, in any case; None if there is none."""
        number = self._genera.get(genus.lower())
        if number is None:
            return None
        family = bisect_right(self._genus_starts, number) - 1
        cycle, index = divmod(number - self._genus_starts[family], len(_GENUS_SIZES))
        start, end = self._skeleton.family_starts[family : family + 2]
        first = start + cycle * _CYCLE + _GENUS_EDGES[index]
        wanted = [(part or "").lower() for part in (genus, species, infra, population)]
        for taxon in range(first, min(first + _GENUS_SIZES[index], end)):
            if [(part or "").lower() for part in self.parts(taxon)] == wanted:
                return taxon
        return None

    @cached_property
    def _genera(self) -> dict[str, int]:
        return {self.genus_name(number).lower(): number for number in range(self._genus_starts[-1])}

    # -- people and vernaculars ------------------------------------------------------------

    def surname(self, number: int) -> str:
        """An invented surname."""
        return SURNAMES[mix(number ^ self._seed) & 31]

    def authority(self, taxon: int) -> str:
        """Who described a taxon: zoologists give a year, botanists mostly none."""
        chance = mix(taxon * 3 + 1 ^ self._seed)
        surnames = SURNAMES
        who = surnames[chance >> 27]
        if chance & 3 == 0:
            who += f" & {surnames[chance >> 22 & 31]}"
        elif chance & 15 == 1:
            who += f", {surnames[chance >> 17 & 31]} & {surnames[chance >> 12 & 31]}"
        if taxon >= self._animals:
            return f"({surnames[chance >> 11 & 31]}) {who}" if chance & 64 else who
        who += f", {1758 + chance % 262}"
        return f"({who})" if chance & 64 else who

    def main_common_name(self, taxon: int) -> str | None:
        """The English name, or None for most of those that nobody has looked at twice."""
        chance = mix(taxon ^ self._seed ^ 0xC0DE)
        nouns, share = self._nouns(taxon)
        if chance % 100 >= share:
            return None
        adjective = _ADJECTIVES[chance >> 8 & 15]
        noun = nouns[(chance >> 16) % len(nouns)]
        if chance % 97 == 0:
            return f'{adjective} "{self.surname(taxon)}\'s" {noun}, {self.place(taxon)} form'
        if chance % 7 == 0:
            return f"{self.surname(taxon)}'s {adjective} {noun}"
        return f"{adjective} {noun}"

    def _nouns(self, taxon: int) -> tuple[tuple[str, ...], int]:
        """What such taxa are called in English, and how many of a hundred have a name."""
        first, end, nouns, share = self._last_nouns
        if not first <= taxon < end:
            number = self._skeleton.family_of(taxon)
            first, end = self._skeleton.family_starts[number : number + 2]
            kingdom, _, klass, *_ = self._skeleton.families[number].lineage
            share = 92 if klass in _NOUNS else 24
            nouns = _NOUNS.get(klass) or _NOUNS.get(kingdom) or _NOUNS["OTHER"]
            self._last_nouns = (first, end, nouns, share)
        return nouns, share

    def common_names(self, taxon: int) -> list[tuple[str, str, bool]]:
        """Name, language (ISO 639-2) and whether it is the main one, in several scripts."""
        dice = Dice(self._seed, "common", taxon)
        found: list[tuple[str, str, bool]] = []
        main = self.main_common_name(taxon)
        if main:
            for _ in range(dice.below(5)):
                language, adjectives, nouns = dice.pick(_VERNACULARS)
                joint = "" if language in {"jpn", "chi"} else " "
                found.append((dice.pick(adjectives) + joint + dice.pick(nouns), language, False))
            found.insert(dice.below(len(found) + 1), (main, "eng", True))
        return found
