"""Full assessments, taxa and Green Status assessments as API v4 describes them.

An assessment's codes come from the facets, so it agrees with the lists that it is on; all else is
drawn for it. The texts are HTML that is like the real thing in form only: the sentences say
nothing true of anything, and carry what makes real ones awkward: markup, entities, line breaks,
quotes, accents, other scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Final

from tui_app.redlist import codes

from .catalogue import Catalogue
from .chance import Dice, mix
from .tables import lines, section
from .taxa import INFRARANK, PLACES, RANKS, SPECIES, SUBPOPULATION, SURNAMES

Json = dict[str, object]

SITE: Final = "https://www.iucnredlist.example"
"""Where the pages of the invented species would be: a name reserved for examples (RFC 2606)."""

_SIZES: Final = ((48, 1_500), (84, 6_000), (97, 22_000), (100, 60_000), (101, 110_000))
"""How long the texts are: up to the first number of a hundred assessments, from so many bytes."""
_GREEN_TEXT: Final = 1_500  # bytes of a justification, about
_SENTENCES, _SENTENCE_BYTES, _LONGEST_PARAGRAPH = 160, 95, 7
_TAILS: Final = (".", ".", "; more is not known.", " ({who} &amp; {other} {year}).")
_NAMED: Final = frozenset(("8_1_2", "8_2_2", "8_4_2"))  # threats that name a species
_MEASURES: Final = ("legacy", "dependence", "gain", "potential")
_NULL_NOW_AND_THEN: Final = (
    "biogeographical_realms", "conservation_actions", "faos", "habitats", "locations", "researches",
    "use_and_trade", "threats", "errata", "growth_forms", "lmes", "stresses",
)  # fmt: skip
_CHOICES: Final = {
    name: [one or None for one in text.split("|")] for name, text in lines("choices").items()
}


def coded_object(code: str, title: str) -> Json:
    """A code as the API describes it."""
    return {"description": {"en": title}, "code": code}


def scope_objects(scopes: Iterable[str]) -> list[Json]:
    """Scopes as the API describes them."""
    titles = codes.schemes()["scopes"]
    return [coded_object(code, titles[code]) for code in scopes]


class _Draw(Dice):
    """Choices for one assessment."""

    def choose(self, name: str) -> str | None:
        """One of a line of the section ``choices``."""
        return self.pick(_CHOICES[name])


class Assessments:
    """Writes what the API says of single assessments and taxa of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Assessments of *catalogue*."""
        self._known = catalogue
        self._taxa = catalogue.taxa

    def whole(self, assessment: int, today: date) -> Json:
        """An assessment with all 33 keys in the API's order, accessed *today*."""
        known, taxa = self._known, self._taxa
        dice = _Draw(known.seed, "assessment", assessment)
        taxon, slot = taxa.taxon_of(assessment), known.slot(assessment)
        year = known.year(assessment)
        sis_id, assessment_id = taxa.sis_id(taxon), taxa.assessment_id(assessment)
        name = taxa.scientific_name(taxon)
        version, category, title = known.category(assessment)
        authors = self._people(dice, 1 + dice.below(6))
        marine = "2" in known.codes_of("systems", assessment)
        plain = self._plain
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
            "population_trend": next(iter(plain("population_trends", assessment)), None),
            "red_list_category": {"version": version, **coded_object(category, title)},
            "supplementary_info": _supplement(dice, marine=marine),
            "documentation": _documentation(dice, name),
            "biogeographical_realms": plain("biogeographical_realms", assessment),
            "conservation_actions": self._noted(dice, "conservation_actions", assessment),
            "faos": plain("faos", assessment),
            "habitats": self._habitats(dice, assessment),
            "locations": self._locations(dice, assessment),
            "researches": self._noted(dice, "research", assessment),
            "use_and_trade": self._uses(dice, assessment),
            "threats": self._threats(dice, assessment),
            "credits": self._credits(dice, authors),
            "errata": _errata(dice, year),
            "references": self._references(dice, year or today.year),
            "growth_forms": plain("growth_forms", assessment),
            "lmes": [coded_object(*dice.pick([*lines("lmes").items()]))]
            if marine and dice.chance(40)
            else [],
            "scopes": scope_objects(slot.scopes),
            "stresses": plain("stresses", assessment),
            "systems": plain("systems", assessment),
        }
        for key in _NULL_NOW_AND_THEN:
            if not found[key] and dice.chance(2):
                found[key] = None
        return found

    # -- lists of codes --------------------------------------------------------------------

    def _each(self, path: str, assessment: int, more: Callable[[str], Json]) -> list[Json]:
        scheme = codes.schemes()[path]
        found = self._known.codes_of(path, assessment)
        return [{**more(code), **coded_object(code, scheme[code])} for code in found]

    def _plain(self, path: str, assessment: int) -> list[Json]:
        return self._each(path, assessment, lambda code: {})

    def _noted(self, dice: Dice, path: str, assessment: int) -> list[Json]:
        note = None if dice.chance(50) else ""
        return self._each(path, assessment, lambda code: {"note": note, "code": code})

    def _habitats(self, dice: _Draw, assessment: int) -> list[Json]:
        found = self._each(
            "habitats",
            assessment,
            lambda code: {
                "majorImportance": dice.choose("importance"),
                "season": dice.choose("season"),
                "suitability": dice.choose("suitability"),
            },
        )
        if found and dice.chance(15):  # birds, for instance, have one twice: breeding and not
            found.append({**found[0], "season": "Passage"})
        return found

    def _locations(self, dice: _Draw, assessment: int) -> list[Json]:
        alone = len(self._known.codes_of("countries", assessment)) == 1

        def more(code: str) -> Json:
            return {
                "is_endemic": alone,
                "formerlyBred": dice.choose("bred"),
                "origin": dice.choose("origin"),
                "presence": dice.choose("presence"),
                "seasonality": None
                if (seasons := dice.choose("seasonality")) is None
                else [one for one in seasons.split(",") if one],
            }

        return self._each("countries", assessment, more)

    def _uses(self, dice: Dice, assessment: int) -> list[Json]:
        levels = ("international", "national", "subsistence")
        return self._each(
            "use_and_trade",
            assessment,
            lambda code: {**{one: dice.pick((True, False, None)) for one in levels}, "other": None},
        )

    def _threats(self, dice: _Draw, assessment: int) -> list[Json]:
        def more(code: str) -> Json:
            scope, severity = dice.choose("scope"), dice.choose("severity")
            score = None if scope is None or severity is None else 3 + dice.below(6)
            impact = "" if score is None else ("Low", "Medium", "High")[min(2, (score - 3) // 2)]
            species = self._taxa.scientific_name
            return {
                "scope": scope,
                "timing": dice.choose("timing"),
                "internationalTrade": dice.choose("trade"),
                "score": f"{impact} Impact: {score}" if score else None,
                "severity": severity,
                "ancestry": None,
                "virus": "Invented virus 7" if code == "8_5_2" else None,
                "ias": species(dice.below(1000)) if code in _NAMED else None,
                "text": 'Told of as "serious",\nbut never measured.' if dice.chance(6) else None,
            }

        return self._each("threats", assessment, more)

    # -- people and papers -----------------------------------------------------------------

    def _person(self, dice: Dice) -> str:
        surname = self._taxa.surname(dice.below(99_999))
        return f"{surname}, {'ABCDEFGHIJKLMNOPRSTVW'[dice.below(21)]}."

    def _people(self, dice: Dice, number: int) -> str:
        names = [self._person(dice) for _ in range(number)]
        return " & ".join([", ".join(names[:-1]), names[-1]] if number > 1 else names)

    def _credits(self, dice: Dice, authors: str) -> list[Json]:
        found: list[Json] = []
        for role, percent in lines("credits").items():
            if dice.chance(int(percent)):
                full = authors if role == "assessor" else self._people(dice, 1 + dice.below(9))
                value = None
                if dice.chance(55):
                    people = [self._person(dice) for _ in range(dice.below(5))]
                    value = [f"{person} (someone.{len(person)}@demo.example)" for person in people]
                found.append({"credit_type_name": role, "full": full, "value": value})
        return found * 2 if dice.chance(5) else found

    def _references(self, dice: _Draw, year: int) -> list[Json]:
        found: list[Json] = []
        for _ in range(2 + dice.below(10) * (1 + dice.below(6))):
            author, when = self._people(dice, 1 + dice.below(4)), str(year - dice.below(45))
            place = self._taxa.place(dice.below(99_999))
            title = str(dice.choose("title")).format(place)
            found.append(
                {
                    "citation": f"{author} {when}. <i>{title}</i>. Invented Press, {place}.",
                    "year": when,
                    "title": title,
                    "author": author,
                    "citation_short": dice.pick((None, "", f"{author.split(',')[0]} {when}")),
                }
            )
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
            **{f"{rank}_name": name for rank, name in zip(RANKS, lineage, strict=True)},
            "genus_name": genus,
            "species_name": species,
            "subpopulation_name": population,
            "infra_name": infra,
            "authority": taxa.authority(taxon),
            "ssc_groups": self._ssc_groups(taxon),
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

    def _ssc_groups(self, taxon: int) -> list[Json]:
        family = self._taxa.family_of(taxon)
        dice = Dice(self._known.seed, "group", family)
        if dice.chance(35):
            return []
        name = self._taxa.families[family].lineage[4].capitalize()
        host = name.lower().replace(" ", "-")
        chair, other = self._taxa.surname(family), self._taxa.surname(family + 9)
        return [
            {
                "name": f"Invented Specialist Group for {name}",
                "url": None if dice.chance(20) else f"https://{host}.example/",
                "description": f"Chair: A. {chair} (email: chair@{host}.example)\n"
                f"Red List Authority Coordinator: B. {other}",
            }
        ]

    def _synonyms(self, taxon: int) -> list[Json]:
        dice, taxa = Dice(self._known.seed, "synonyms", taxon), self._taxa
        own = taxa.genus_of(taxon)
        species = taxa.parts(taxon)[1]
        found: list[Json] = []
        for turn in range(dice.below(4) if dice.chance(55) else 0):
            other, author = taxa.genus_name(own.number + 1 + turn), taxa.authority(taxon + turn)
            below = dice.chance(25)
            infra = taxa.epithet(own, own.end - own.first + turn) if below else None
            genus = own.name if below else other
            found.append(
                {
                    "name": " ".join([genus, species, *(("ssp.", infra) if infra else ()), author]),
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
        taxa, dice = self._taxa, _Draw(self._known.seed, "green", taxon)
        sis_id, year, score = taxa.sis_id(taxon), 2021 + dice.below(6), dice.below(90)
        people = [taxa.surname(taxon + number) for number in range(4)]
        measures: Json = {}
        for measure in _MEASURES:
            key = f"{'recovery' if measure == 'potential' else 'conservation'}_{measure}"
            best = dice.below(60)
            measures[f"{key}_category"] = dice.choose("level")
            measures[f"{key}_best"] = f"{best}%"
            measures[f"{key}_minimum"] = f"{best - 30}%"
            measures[f"{key}_maximum"] = f"{best + 25}%"
        return {
            "assessment_year": str(year),
            "weights": "Default",
            "justification": _text(dice, taxa.scientific_name(taxon), _GREEN_TEXT),
            "species_recovery_category": dice.choose("recovery"),
            "species_recovery_score_best": f"{score}%",
            "species_recovery_score_minimum": f"{score // 2}%",
            "species_recovery_score_maximum": f"{min(100, score + 12)}%",
            **measures,
            "assessor_names": f"{people[0]}, A. & {people[1]}, B.",
            "reviewer_names": f"{people[2]}, C.",
            "contributors": None,
            "facilitators": None if dice.chance(50) else f"{people[3]}, D.",
            "compilers": None,
            "url": f"{SITE}/species/{sis_id}/{taxa.assessment_id(taxa.best(taxon))}",
            "assessment_date": f"{year}-{1 + dice.below(6):02}-{1 + dice.below(28):02}",
            "taxon": self.taxon(taxon),
        }


def _errata(dice: Dice, year: int | None) -> list[Json]:
    if year is None or not dice.chance(12):
        return []
    reason = f"This version of the {year - 1} one mends a comma, and \u201c{year}\u201d."
    return [{"reason": reason}]


def _supplement(dice: _Draw, *, marine: bool) -> Json:
    """The supplementary information: limits in metres, then texts; depths of what lives at sea."""

    def metres(most: int, likely: bool) -> int | None:
        return dice.below(most) if likely and dice.chance(70) else None

    found: Json = {
        "upper_elevation_limit": metres(4200, not marine),
        "lower_elevation_limit": metres(900, not marine),
        "lower_depth_limit": metres(3000, marine),
        "upper_depth_limit": metres(60, marine),
    }
    for key, text in lines("supplement").items():
        percent, *options = text.split("|")
        found[key] = dice.pick(options) if dice.chance(float(percent)) else None
    places: list[Json] = []
    for name, actions in lines("in_place").items():
        some = [one for one in actions.split("|") if dice.chance(45)]
        taken = [{"name": one, "value": dice.choose("done")} for one in some]
        if taken:
            places.append({"name": name, "actions": taken})
    return {**found, "conservation_actions_in_place": places}


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
    pool, number = _sentences(dice.seed), max(1, size_bytes // _SENTENCE_BYTES)
    paragraphs: list[str] = []
    while number > 0:
        here = min(number, 2 + dice.below(_LONGEST_PARAGRAPH - 1))
        start = dice.below(_SENTENCES - here)
        paragraphs.append(" ".join(pool[start : start + here]))
        number -= here
    style = dice.below(4)
    if style == 2:
        items = (f"<li><strong>{dice.pick(PLACES)}</strong>:&#160;{one}</li>" for one in paragraphs)
        paragraphs = [f"<p>Sites:</p>\r\n<ol>{''.join(items)}</ol>"]
    elif style == 1:
        paragraphs = [f"<p>{one}</p>" for one in paragraphs]
    return ("<br/><br/>", "\n", "", " ")[style].join(paragraphs).replace("{name}", name)


@cache
def _sentences(seed: int) -> list[str]:
    """The sentences of a seed; ``{name}`` stands for the taxon's name."""
    found = []
    for number in range(_SENTENCES):
        dice = Dice(seed, "prose", number)
        subject, predicate = dice.pick(section("subjects")), dice.pick(section("predicates"))
        found.append(
            f"{subject} {predicate}{dice.pick(_TAILS)}".format(
                name="{name}",
                place=dice.pick(PLACES),
                other=dice.pick(PLACES),
                who=dice.pick(SURNAMES),
                year=1950 + dice.below(75),
                n=10 * dice.below(9000) + 40,
                m=dice.below(2400) + 12,
                p=dice.below(80) + 4,
            )
        )
    return found
