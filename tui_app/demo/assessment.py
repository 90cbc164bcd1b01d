"""Full assessments, taxa and Green Status assessments as API v4 describes them.

An assessment's codes come from the facets, so it agrees with the lists that it is on; all else is
drawn from the section ``templates`` of ``tables.txt``. The texts are HTML that is like the real
thing in form only, with what makes real ones awkward: markup, entities, line breaks, quotes,
accents, other scripts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Final

from tui_app.redlist import codes
from tui_app.redlist.operations import TAXON_RANKS

from .catalogue import Catalogue
from .chance import Dice, mix
from .tables import SECTIONS, lines
from .taxa import INFRARANK, PLACES, SPECIES, SUBPOPULATION, SURNAMES

Json = dict[str, object]

SITE: Final = "https://www.iucnredlist.example"
"""Where the pages of the invented species would be: a name reserved for examples (RFC 2606)."""

_SIZES: Final = ((48, 1_500), (84, 6_000), (97, 22_000), (100, 60_000), (101, 100_000))
"""How long the texts are: up to the first number of a hundred assessments, from so many bytes."""
_GREEN_TEXT: Final = 1_500  # bytes of a justification, about
_SENTENCES, _SENTENCE_BYTES = 60, 78
_PARAGRAPHS: Final = (
    "{}<br/><br/>",
    "{}\n",
    "<p>{}</p>",
    "<ol><li><strong>Site</strong>:&#160;{}</li></ol>\r\n",
)
_NULL_NOW_AND_THEN: Final = (
    "biogeographical_realms", "conservation_actions", "faos", "habitats", "locations", "researches",
    "use_and_trade", "threats", "errata", "growth_forms", "lmes", "stresses",
)  # fmt: skip
_TEMPLATES: Final = {name: json.loads(text) for name, text in lines("templates").items()}
"""By what is drawn, the options for each of its keys."""


def coded_object(code: str, title: str) -> Json:
    """A code as the API describes it."""
    return {"description": {"en": title}, "code": code}


def coded_objects(path: str, chosen: Iterable[str]) -> list[Json]:
    """Codes of one scheme as the API describes them."""
    scheme = codes.schemes()[path]
    return [coded_object(code, scheme[code]) for code in chosen]


class Assessments:
    """Writes what the API says of single assessments and taxa of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._known = catalogue
        self._taxa = catalogue.taxa

    def whole(self, assessment: int, today: date) -> Json:
        """An assessment with all 33 keys in the API's order, accessed *today*."""
        known, taxa = self._known, self._taxa
        dice = Dice(known.seed, "assessment", assessment)
        taxon, slot = taxa.taxon_of(assessment), known.slot(assessment)
        year = known.year(assessment)
        sis_id, assessment_id = taxa.sis_id(taxon), taxa.assessment_id(assessment)
        name = taxa.scientific_name(taxon)
        version, category, title = known.category(assessment)
        authors = _people(dice, 1 + dice.below(6))

        def coded(path: str) -> list[Json]:
            """The assessment's codes of one scheme; in each item the other fields come first."""
            template = _TEMPLATES.get(path, {})
            found = coded_objects(path, known.codes_of(path, assessment))
            return [{**_drawn(dice, template), **one} for one in found]

        trends, habitats, locations = map(coded, ("population_trends", "habitats", "countries"))
        for place in locations:
            place["is_endemic"] = len(locations) == 1
        if habitats and dice.chance(15):  # birds, for instance, have one twice: breeding and not
            habitats.append({**habitats[0], "season": "Passage"})
        marine = "2" in known.codes_of("systems", assessment)
        limits = _drawn(dice, _TEMPLATES["supplementary_info"])
        for key in limits:
            if key.endswith("elevation_limit" if marine else "depth_limit"):
                limits[key] = None
        seas = [coded_object(*dice.pick([*lines("lmes").items()]))] if marine else []
        erratum = {"reason": f"It mends a comma, and \u201c{year}\u201d."}
        found: Json = {
            "assessment_date": known.date(assessment),
            "year_published": None if year is None else str(year),
            "latest": slot.latest,
            "possibly_extinct": bool(known.possibly_extinct[assessment]),
            "possibly_extinct_in_the_wild": bool(known.possibly_extinct_in_the_wild[assessment]),
            "sis_taxon_id": sis_id,
            "criteria": known.criteria(assessment),
            "url": f"{SITE}/species/{sis_id}/{assessment_id}",
            "citation": f"{authors} {year}. {name}. An invented assessment of the iucn-tui demo "
            f"{year}: e.T{sis_id}A{assessment_id}. Accessed on {today:%d %B %Y}.",
            "assessment_id": assessment_id,
            "assessment_points": dice.chance(30),
            "assessment_ranges": dice.chance(70),
            "taxon": self.taxon(taxon),
            "population_trend": next(iter(trends), None),
            "red_list_category": {"version": version, **coded_object(category, title)},
            "supplementary_info": limits,
            "documentation": _documentation(dice, name),
            "biogeographical_realms": coded("biogeographical_realms"),
            "conservation_actions": coded("conservation_actions"),
            "faos": coded("faos"),
            "habitats": habitats,
            "locations": locations,
            "researches": coded("research"),
            "use_and_trade": coded("use_and_trade"),
            "threats": coded("threats"),
            "credits": _credits(dice, authors),
            "errata": [erratum] if dice.chance(12) else [],
            "references": [_reference(dice, year or today.year) for _ in range(2 + dice.below(50))],
            "growth_forms": coded("growth_forms"),
            "lmes": seas,
            "scopes": coded_objects("scopes", slot.scopes),
            "stresses": coded("stresses"),
            "systems": coded("systems"),
        }
        for key in _NULL_NOW_AND_THEN:
            if not found[key] and dice.chance(2):
                found[key] = None
        return found

    # -- taxa ------------------------------------------------------------------------------

    def taxon(self, taxon: int) -> Json:
        """A taxon as the API describes it, with the taxa above and below it in rank."""
        taxa, ranks = self._taxa, self._taxa.ranks
        rank, found = taxa.rank_of(taxon), self._relative(taxon)
        below = taxa.below(taxon) if rank == SPECIES else range(0)
        infraranks = [other for other in below if ranks[other] == INFRARANK]
        populations = [other for other in below if ranks[other] == SUBPOPULATION]
        last = {key: found.pop(key) for key in ("ssc_groups", "common_names", "synonyms")}
        head = {key: found.pop(key) for key in ("sis_id", "scientific_name")}
        return {
            **head,
            "species_taxa": [] if rank == SPECIES else [self._relative(taxa.species_of(taxon))],
            "subpopulation_taxa": [self._relative(other) for other in populations],
            "infrarank_taxa": [
                one for other in infraranks for one in (self._relative(other), self._ghost(other))
            ],
            **found,
            "species": rank == SPECIES,
            "subpopulation": rank == SUBPOPULATION,
            "infrarank": rank == INFRARANK,
            **last,
        }

    def _relative(self, taxon: int) -> Json:
        """A taxon as others name it."""
        taxa = self._taxa
        lineage = taxa.families[taxa.family_of(taxon)].lineage
        genus, species, infra, population = taxa.parts(taxon)
        synonyms = self._synonyms(taxon)
        return {
            "sis_id": taxa.sis_id(taxon),
            "scientific_name": taxa.scientific_name(taxon),
            **{f"{rank}_name": name for rank, name in zip(TAXON_RANKS, lineage, strict=True)},
            "genus_name": genus,
            "species_name": species,
            "subpopulation_name": population,
            "infra_name": infra,
            "authority": taxa.authority(taxon),
            "ssc_groups": self._ssc_groups(lineage[4]),
            "common_names": [
                {"main": main, "name": name, "language": language}
                for name, language, main in taxa.common_names(taxon)
            ],
            "synonyms": synonyms if synonyms or mix(taxon) % 29 else None,
        }

    def _ghost(self, taxon: int) -> Json:
        """An infrarank beside another one that is named, but has no page of its own: 404."""
        taxa, found = self._taxa, self._relative(taxon)
        sis_id, genus = taxa.sis_id(taxon), taxa.genus_of(taxon)
        name = taxa.epithet(genus, genus.end - genus.first + taxon - genus.first)
        free = next(n for n in (sis_id + 1, sis_id - 1) if taxa.taxon_of_sis_id(n) is None)
        whole = f"{genus.name} {found['species_name']} {taxa.infra_rank(taxon)} {name}"
        unknown: Json = {"ssc_groups": [], "common_names": [], "synonyms": []}
        return {**found, "sis_id": free, "scientific_name": whole, "infra_name": name, **unknown}

    def _ssc_groups(self, family: str) -> list[Json]:
        dice, host = Dice(self._known.seed, "group", family), family.lower().replace(" ", "-")
        if dice.chance(35):
            return []
        return [
            {
                "name": f"Invented Specialist Group for {family.capitalize()}",
                "url": None if dice.chance(20) else f"https://{host}.example/",
                "description": f"Chair: {_people(dice, 1)} (email: chair@{host}.example)\n"
                f"Red List Authority Coordinator: {_people(dice, 1)}",
            }
        ]

    def _synonyms(self, taxon: int) -> list[Json]:
        """Names under a neighbouring genus, or as a subspecies of the own one."""
        dice, taxa = Dice(self._known.seed, "synonyms", taxon), self._taxa
        own, species = taxa.genus_of(taxon), taxa.parts(taxon)[1]
        found: list[Json] = []
        for turn in range(dice.below(4) if dice.chance(55) else 0):
            below, author = dice.chance(25), taxa.authority(taxon + turn)
            infra = taxa.epithet(own, own.end - own.first + turn) if below else None
            genus = own.name if below else taxa.genus_name(own.number + 1 + turn)
            found.append(
                {
                    "name": f"{genus} {species} {f'ssp. {infra} ' if infra else ''}{author}",
                    "status": "ACCEPTED",
                    "genus_name": genus,
                    "species_name": species,
                    "species_author": None if below else author,
                    "infrarank_author": author if below else None,
                    "subpopulation_name": None,
                    "infra_type": "subspecies" if below else None,
                    "infra_name": infra,
                }
            )
        return found

    def green_status(self, taxon: int) -> Json:
        """A Green Status assessment; it has no id of its own."""
        taxa, dice = self._taxa, Dice(self._known.seed, "green", taxon)
        sis_id, year = taxa.sis_id(taxon), 2021 + dice.below(6)
        return {
            **_drawn(dice, _TEMPLATES["green_status"]),
            "assessment_year": str(year),
            "justification": _text(dice, taxa.scientific_name(taxon), _GREEN_TEXT),
            "assessor_names": _people(dice, 2),
            "reviewer_names": _people(dice, 1),
            "url": f"{SITE}/species/{sis_id}/{taxa.assessment_id(taxa.best(taxon))}",
            "assessment_date": f"{year}-{1 + dice.below(6):02}-{1 + dice.below(28):02}",
            "taxon": self.taxon(taxon),
        }


def _drawn(dice: Dice, template: dict[str, list[object]]) -> Json:
    return {key: dice.pick(options) for key, options in template.items()}


def _people(dice: Dice, number: int) -> str:
    names = [f"{dice.pick(SURNAMES)}, {dice.pick('ABCDEFGHJKLM')}." for _ in range(number)]
    return " & ".join([", ".join(names[:-1]), names[-1]] if number > 1 else names)


def _credits(dice: Dice, authors: str) -> list[Json]:
    found: list[Json] = []
    for role, percent in lines("credits").items():
        if dice.chance(int(percent)):
            full = authors if role == "assessor" else _people(dice, 1 + dice.below(9))
            drawn = _drawn(dice, _TEMPLATES["credits"])
            found.append({"credit_type_name": role, **drawn, "full": full})
    return found * 2 if dice.chance(5) else found


def _reference(dice: Dice, year: int) -> Json:
    author, when = _people(dice, 1 + dice.below(4)), str(year - dice.below(45))
    title = f"A <i>new</i> list for {dice.pick(PLACES)}"
    return {
        "citation": f"{author} {when}. <i>{title}</i>. Invented Press, {dice.pick(PLACES)}.",
        "year": when,
        "title": title,
        "author": author,
        "citation_short": dice.pick((None, "", f"{author.split(',')[0]} {when}")),
    }


# -- texts ---------------------------------------------------------------------------------


def _documentation(dice: Dice, name: str) -> Json:
    """The nine texts of an assessment, each a share of the whole; some are None."""
    chance = dice.below(100)
    place = next(place for place, (share, _) in enumerate(_SIZES) if chance < share)
    least, most = _SIZES[place][1], _SIZES[place + 1][1]
    size_bytes = least + dice.below(most - least)
    found: Json = {}
    for topic, text in lines("texts").items():
        share, missing = map(float, text.split())
        lacks = dice.chance(missing)
        found[topic] = None if lacks else _text(dice, name, round(size_bytes * share))
    return found


def _text(dice: Dice, name: str, size_bytes: int) -> str:
    """A text of about *size_bytes* about the taxon *name*."""
    start, number = dice.below(_SENTENCES), max(1, size_bytes // _SENTENCE_BYTES)
    chosen = (_sentences(dice.seed) * (2 + number // _SENTENCES))[start : start + number]
    style = dice.pick(_PARAGRAPHS)
    paragraphs = (" ".join(chosen[first : first + 5]) for first in range(0, number, 5))
    return "".join(map(style.format, paragraphs)).replace("{name}", name)


@cache
def _sentences(seed: int) -> list[str]:
    """The sentences of a seed; ``{name}`` stands for the taxon's name."""
    dice = Dice(seed, "prose")
    return [
        f"{dice.pick(SECTIONS['subjects'])} {dice.pick(SECTIONS['predicates'])}.".format(
            name="{name}",
            place=dice.pick(PLACES),
            other=dice.pick(PLACES),
            who=dice.pick(SURNAMES),
            year=1950 + dice.below(75),
            n=10 * dice.below(9000) + 40,
            m=dice.below(2400) + 12,
            p=dice.below(80) + 4,
        )
        for _ in range(_SENTENCES)
    ]
