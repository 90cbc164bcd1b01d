"""A taxon as API v4 describes it, with what stands above and below it in rank."""

from __future__ import annotations

from .catalogue import Catalogue
from .hashing import Dice
from .names import Names
from .structure import INFRARANK, SPECIES, SUBPOPULATION
from .taxonomy import RANKS

Json = dict[str, object]


class Taxa:
    """Describes the taxa of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Taxa of *catalogue*."""
        self._catalogue = catalogue
        self._names: Names = catalogue.names

    def whole(self, taxon: int) -> Json:
        """A taxon with its relatives."""
        names = self._names
        rank = names.rank_of(taxon)
        below = names.below(taxon) if rank == SPECIES else range(0)
        above = [] if rank == SPECIES else [names.species_of(taxon)]
        ranks = self._catalogue.structure.ranks
        relatives = {
            "species_taxa": [self._relative(other) for other in above],
            "subpopulation_taxa": [self._relative(o) for o in below if ranks[o] == SUBPOPULATION],
            "infrarank_taxa": [self._relative(o) for o in below if ranks[o] == INFRARANK],
        }
        flags = {
            "species": rank == SPECIES,
            "subpopulation": rank == SUBPOPULATION,
            "infrarank": rank == INFRARANK,
        }
        return {
            **self._identity(taxon),
            **relatives,
            **self._lineage(taxon),
            **flags,
            **self._rest(taxon),
        }

    def _relative(self, taxon: int) -> Json:
        return {**self._identity(taxon), **self._lineage(taxon), **self._rest(taxon)}

    def _identity(self, taxon: int) -> Json:
        return {
            "sis_id": self._catalogue.structure.sis_id(taxon),
            "scientific_name": self._names.scientific_name(taxon),
        }

    def _lineage(self, taxon: int) -> Json:
        skeleton = self._catalogue.structure
        family = skeleton.families[skeleton.family_of(taxon)]
        genus, species, infra, population = self._names.parts(taxon)
        return {
            **{f"{rank}_name": name for rank, name in zip(RANKS, family.lineage, strict=True)},
            "genus_name": genus,
            "species_name": species,
            "subpopulation_name": population,
            "infra_name": infra,
            "authority": self._names.authority(taxon),
        }

    def _rest(self, taxon: int) -> Json:
        common = self._names.common_names(taxon)
        return {
            "ssc_groups": self._groups(taxon),
            "common_names": [
                {"main": main, "name": name, "language": language}
                for name, language, main in common
            ],
            "synonyms": self._synonyms(taxon),
        }

    def _groups(self, taxon: int) -> list[Json]:
        skeleton = self._catalogue.structure
        family = skeleton.family_of(taxon)
        dice = Dice(self._catalogue.seed, "group", family)
        if dice.chance(35):
            return []
        name = skeleton.families[family].lineage[4].capitalize()
        chair, other = self._names.surname(family), self._names.surname(family + 9)
        return [
            {
                "name": f"Invented Specialist Group for {name}",
                "url": None if dice.chance(20) else f"https://{name.lower()}.example/",
                "description": f"Chair: A. {chair} (email: chair@{name.lower()}.example)\n"
                f"Red List Authority Coordinator: B. {other}",
            }
        ]

    def _synonyms(self, taxon: int) -> list[Json]:
        dice = Dice(self._catalogue.seed, "synonyms", taxon)
        names = self._names
        own = names.genus_of(taxon)
        genus, species, _, _ = names.parts(taxon)
        found: list[Json] = []
        for turn in range(dice.below(4) if dice.chance(55) else 0):
            number = own.number + 1 + turn
            other = names.genus_name(number)
            author = names.authority(taxon + turn)
            below = dice.chance(25)
            infra = names.epithet(own, own.end - own.first + turn) if below else None
            middle = f" ssp. {infra}" if infra else ""
            found.append(
                {
                    "name": f"{other if not below else genus} {species}{middle} {author}",
                    "status": "ACCEPTED",
                    "genus_name": genus if below else other,
                    "species_name": species,
                    "species_author": None if below else author,
                    "infrarank_author": author if below else None,
                    "subpopulation_name": None,
                    "infra_type": "subspecies" if below else None,
                    "infra_name": infra,
                }
            )
        return found
