"""Taxa and Green Status assessments as API v4 describes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tui_app.redlist import codes

from .catalogue import Catalogue
from .hashing import Dice, mix
from .prose import text
from .skeleton import INFRARANK, SPECIES, SUBPOPULATION
from .tables import RANKS

Json = dict[str, object]

SITE: Final = "https://www.iucnredlist.example"
"""Where the pages of the invented species would be: a name reserved for examples (RFC 2606)."""

_GREEN_LEVELS: Final = ("Zero", "Low", "Medium", "High", "Indeterminate")
_RECOVERY: Final = (
    "Fully Recovered", "Slightly Depleted", "Moderately Depleted", "Largely Depleted",
    "Critically Depleted", "Indeterminate",
)  # fmt: skip
_MEASURES: Final = (
    "conservation_legacy", "conservation_dependence", "conservation_gain", "recovery_potential",
)  # fmt: skip
_GREEN_TEXT: Final = 1_500  # bytes of a justification, about


def coded(code: str, title: str) -> Json:
    """A code as the API describes it."""
    return {"description": {"en": title}, "code": code}


def scope_objects(scopes: Iterable[str]) -> list[Json]:
    """Scopes as the API describes them."""
    titles = codes.schemes()["scopes"]
    return [coded(code, titles[code]) for code in scopes]


def taxon_object(known: Catalogue, taxon: int) -> Json:
    """A taxon as the API describes it, with the taxa above and below it in rank."""
    names, ranks = known.names, known.skeleton.ranks
    rank = names.rank_of(taxon)
    below = names.below(taxon) if rank == SPECIES else range(0)
    infraranks = [other for other in below if ranks[other] == INFRARANK]
    head, lineage, rest = _parts(known, taxon)
    return {
        **head,
        "species_taxa": [] if rank == SPECIES else [_relative(known, names.species_of(taxon))],
        "subpopulation_taxa": [_relative(known, o) for o in below if ranks[o] == SUBPOPULATION],
        "infrarank_taxa": [
            one for other in infraranks for one in (_relative(known, other), _ghost(known, other))
        ],
        **lineage,
        "species": rank == SPECIES,
        "subpopulation": rank == SUBPOPULATION,
        "infrarank": rank == INFRARANK,
        **rest,
    }


def _relative(known: Catalogue, taxon: int) -> Json:
    head, lineage, rest = _parts(known, taxon)
    return {**head, **lineage, **rest}


def _ghost(known: Catalogue, taxon: int) -> Json:
    """An infrarank beside another one that is named, but has no page of its own: 404."""
    skeleton, names = known.skeleton, known.names
    sis_id = skeleton.sis_id(taxon)
    genus = names.genus_of(taxon)
    name = names.epithet(genus, genus.end - genus.first + taxon - genus.first)
    _, species, _, _ = names.parts(taxon)
    _, lineage, _ = _parts(known, taxon)
    return {
        "sis_id": next(i for i in (sis_id + 1, sis_id - 1) if skeleton.taxon_of_sis_id(i) is None),
        "scientific_name": f"{genus.name} {species} {names.infra_rank(taxon)} {name}",
        **lineage,
        "infra_name": name,
        "ssc_groups": [],
        "common_names": [],
        "synonyms": [],
    }


def _parts(known: Catalogue, taxon: int) -> tuple[Json, Json, Json]:
    """What a taxon's object begins with, its place in the classification, and the rest."""
    names, skeleton = known.names, known.skeleton
    family = skeleton.families[skeleton.family_of(taxon)]
    genus, species, infra, population = names.parts(taxon)
    head: Json = {
        "sis_id": skeleton.sis_id(taxon),
        "scientific_name": names.scientific_name(taxon),
    }
    lineage: Json = {
        **{f"{rank}_name": name for rank, name in zip(RANKS, family.lineage, strict=True)},
        "genus_name": genus,
        "species_name": species,
        "subpopulation_name": population,
        "infra_name": infra,
        "authority": names.authority(taxon),
    }
    synonyms = _synonyms(known, taxon)
    rest: Json = {
        "ssc_groups": _ssc_groups(known, taxon),
        "common_names": [
            {"main": main, "name": name, "language": language}
            for name, language, main in names.common_names(taxon)
        ],
        "synonyms": synonyms if synonyms or mix(taxon) % 29 else None,
    }
    return head, lineage, rest


def _ssc_groups(known: Catalogue, taxon: int) -> list[Json]:
    family = known.skeleton.family_of(taxon)
    dice = Dice(known.seed, "group", family)
    if dice.chance(35):
        return []
    name = known.skeleton.families[family].lineage[4].capitalize()
    host = name.lower().replace(" ", "-")
    chair, other = known.names.surname(family), known.names.surname(family + 9)
    return [
        {
            "name": f"Invented Specialist Group for {name}",
            "url": None if dice.chance(20) else f"https://{host}.example/",
            "description": f"Chair: A. {chair} (email: chair@{host}.example)\n"
            f"Red List Authority Coordinator: B. {other}",
        }
    ]


def _synonyms(known: Catalogue, taxon: int) -> list[Json]:
    dice, names = Dice(known.seed, "synonyms", taxon), known.names
    own = names.genus_of(taxon)
    genus, species, _, _ = names.parts(taxon)
    found: list[Json] = []
    for turn in range(dice.below(4) if dice.chance(55) else 0):
        other, author = names.genus_name(own.number + 1 + turn), names.authority(taxon + turn)
        below = dice.chance(25)
        infra = names.epithet(own, own.end - own.first + turn) if below else None
        middle = f" ssp. {infra}" if infra else ""
        found.append(
            {
                "name": f"{genus if below else other} {species}{middle} {author}",
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


def green_status(known: Catalogue, taxon: int) -> Json:
    """A Green Status assessment; it has no id of its own."""
    skeleton = known.skeleton
    dice = Dice(known.seed, "green", taxon)
    sis_id, year = skeleton.sis_id(taxon), 2021 + dice.below(6)
    name = known.names.scientific_name(taxon)
    score = dice.below(90)
    people = [known.names.surname(taxon + number) for number in range(4)]
    measures: Json = {}
    for measure in _MEASURES:
        best = dice.below(60)
        measures[f"{measure}_category"] = dice.pick(_GREEN_LEVELS)
        measures[f"{measure}_best"] = f"{best}%"
        measures[f"{measure}_minimum"] = f"{best - 30}%"
        measures[f"{measure}_maximum"] = f"{best + 25}%"
    return {
        "assessment_year": str(year),
        "weights": "Default",
        "justification": text(dice, name, _GREEN_TEXT),
        "species_recovery_category": dice.pick(_RECOVERY),
        "species_recovery_score_best": f"{score}%",
        "species_recovery_score_minimum": f"{score // 2}%",
        "species_recovery_score_maximum": f"{min(100, score + 12)}%",
        **measures,
        "assessor_names": f"{people[0]}, A. & {people[1]}, B.",
        "reviewer_names": f"{people[2]}, C.",
        "contributors": None,
        "facilitators": None if dice.chance(50) else f"{people[3]}, D.",
        "compilers": None,
        "url": f"{SITE}/species/{sis_id}/{skeleton.assessment_id(known.best(taxon))}",
        "assessment_date": f"{year}-{1 + dice.below(6):02}-{1 + dice.below(28):02}",
        "taxon": taxon_object(known, taxon),
    }
