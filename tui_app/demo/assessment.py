"""A full assessment, with all 33 keys that the API gives one, in its order.

Its codes come from the facets, so it agrees with the lists that it is on; all else is drawn for
the assessment.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from tui_app.redlist import codes

from .catalogue import Catalogue
from .hashing import Dice
from .prose import documentation
from .tables import lines
from .taxa import SITE, Json, coded, scope_objects, taxon_object

_SIZES: Final = ((48, 1_500), (84, 6_000), (97, 22_000), (100, 60_000), (101, 110_000))
"""How long the texts are: up to the first number of a hundred assessments, from so many bytes."""

_TIMINGS: Final = ("Ongoing",) * 3 + ("Future", "Past, Likely to Return", "Unknown", None)
_SCOPES: Final = ("Whole (>90%)", "Majority (50-90%)", "Minority (<50%)", "Unknown", None)
_SEVERITIES: Final = (
    "Very Rapid Declines", "Rapid Declines", "Slow, Significant Declines",
    "Causing/Could cause fluctuations", "Negligible declines", "No decline", "Unknown", None,
)  # fmt: skip
_ORIGINS: Final = ("Native",) * 12 + ("Introduced", "Vagrant", "Reintroduced")
_PRESENCES: Final = ("Extant",) * 9 + ("Possibly Extinct", "Presence Uncertain")
_SEASONS: Final = ("Resident", "Resident", "Breeding Season", "Non-Breeding Season", None)
_SEASONALITIES: Final[tuple[list[str] | None, ...]] = (
    None,
    ["Resident"],
    ["Resident"],
    ["Breeding Season", "Passage"],
    [],
)
_NAMED: Final = frozenset(("8_1_2", "8_2_2", "8_4_2"))  # threats that name a species
_LMES: Final = (
    ("1", "East Bering Sea"), ("10", "Insular Pacific-Hawaiian"), ("12", "Caribbean Sea"),
    ("22", "North Sea"), ("26", "Mediterranean Sea"), ("32", "Arabian Sea"),
)  # fmt: skip
_ROLES: Final = {
    "assessor": 100, "evaluator": 100, "contributor": 55, "facilitators": 55, "institutions": 25,
}  # fmt: skip
_TITLES: Final = ("Notes on the wildlife of {}", "A <i>new</i> list for {}", "{}, revisited")
_LISTS: Final = (
    "biogeographical_realms", "conservation_actions", "faos", "habitats", "locations", "researches",
    "use_and_trade", "threats", "errata", "growth_forms", "lmes", "stresses",
)  # fmt: skip

_SUPPLEMENT: Final = {
    key: (float(text.partition("|")[0]), text.split("|")[1:])
    for key, text in lines("supplement").items()
}
"""Texts of the supplementary information: the percent that have one, and what it may be."""

_IN_PLACE: Final = {name: text.split("|") for name, text in lines("in_place").items()}
_DONE: Final = ("Yes", "No", "Unknown", "Yes, over entire range", "41-50")


class Assessments:
    """Writes the full assessments of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Assessments of *catalogue*."""
        self._catalogue = catalogue

    def whole(self, assessment: int, today: date) -> Json:
        """An assessment by its number; its citation says that it was accessed *today*."""
        known, skeleton = self._catalogue, self._catalogue.skeleton
        dice = Dice(known.seed, "assessment", assessment)
        taxon = skeleton.taxon_of(assessment)
        sis_id, assessment_id = skeleton.sis_id(taxon), skeleton.assessment_id(assessment)
        name, year = known.names.scientific_name(taxon), known.year(assessment)
        slot = known.slot(assessment)
        version, category, title = known.category(assessment)
        authors = self._people(dice, 1 + dice.below(6))
        trend = known.codes_of("population_trends", assessment)
        marine = "2" in known.codes_of("systems", assessment)
        found: Json = {
            "assessment_date": known.date(assessment),
            "year_published": None if year is None else str(year),
            "latest": slot.latest,
            "possibly_extinct": bool(known.columns.possibly_extinct[assessment]),
            "possibly_extinct_in_the_wild": bool(
                known.columns.possibly_extinct_in_the_wild[assessment]
            ),
            "sis_taxon_id": sis_id,
            "criteria": known.criteria(assessment),
            "url": f"{SITE}/species/{sis_id}/{assessment_id}",
            "citation": f"{authors} {year}. {name}. An invented assessment of the iucn-tui demo "
            f"{year}: e.T{sis_id}A{assessment_id}. Accessed on {today:%d %B %Y}.",
            "assessment_id": assessment_id,
            "assessment_points": dice.chance(30),
            "assessment_ranges": dice.chance(70),
            "taxon": taxon_object(known, taxon),
            "population_trend": self._plain("population_trends", assessment)[0] if trend else None,
            "red_list_category": {"version": version, **coded(category, title)},
            "supplementary_info": _supplement(dice, marine=marine),
            "documentation": documentation(dice, name, _size(dice)),
            "biogeographical_realms": self._plain("biogeographical_realms", assessment),
            "conservation_actions": self._noted(dice, "conservation_actions", assessment),
            "faos": self._plain("faos", assessment),
            "habitats": self._habitats(dice, assessment),
            "locations": self._locations(dice, assessment),
            "researches": self._noted(dice, "research", assessment),
            "use_and_trade": self._uses(dice, assessment),
            "threats": self._threats(dice, assessment),
            "credits": self._credits(dice, authors),
            "errata": _errata(dice, year),
            "references": self._references(dice, year or today.year),
            "growth_forms": self._plain("growth_forms", assessment),
            "lmes": [coded(*dice.pick(_LMES))] if marine and dice.chance(40) else [],
            "scopes": scope_objects(slot.scopes),
            "stresses": self._plain("stresses", assessment),
            "systems": self._plain("systems", assessment),
        }
        for key in _LISTS:
            if not found[key] and dice.chance(2):
                found[key] = None
        return found

    # -- lists of codes --------------------------------------------------------------------

    def _each(self, path: str, assessment: int, more: Callable[[str], Json]) -> list[Json]:
        scheme = codes.schemes()[path]
        found = self._catalogue.codes_of(path, assessment)
        return [{**more(code), **coded(code, scheme[code])} for code in found]

    def _plain(self, path: str, assessment: int) -> list[Json]:
        return self._each(path, assessment, lambda code: {})

    def _noted(self, dice: Dice, path: str, assessment: int) -> list[Json]:
        note = None if dice.chance(50) else ""
        return [
            {"note": note, "code": one["code"], "description": one["description"]}
            for one in self._plain(path, assessment)
        ]

    def _habitats(self, dice: Dice, assessment: int) -> list[Json]:
        found = self._each(
            "habitats",
            assessment,
            lambda code: {
                "majorImportance": dice.pick(("Yes", "Yes", "No", None)),
                "season": dice.pick(_SEASONS),
                "suitability": dice.pick(("Suitable", "Suitable", "Suitable", "Marginal")),
            },
        )
        if found and dice.chance(15):  # birds, for instance, have one twice: breeding and not
            found.append({**found[0], "season": "Passage"})
        return found

    def _locations(self, dice: Dice, assessment: int) -> list[Json]:
        alone = len(self._catalogue.codes_of("countries", assessment)) == 1
        return self._each(
            "countries",
            assessment,
            lambda code: {
                "is_endemic": alone,
                "formerlyBred": dice.pick((None, None, "No", "Yes")),
                "origin": dice.pick(_ORIGINS),
                "presence": dice.pick(_PRESENCES),
                "seasonality": dice.pick(_SEASONALITIES),
            },
        )

    def _uses(self, dice: Dice, assessment: int) -> list[Json]:
        levels = ("international", "national", "subsistence")
        return self._each(
            "use_and_trade",
            assessment,
            lambda code: {**{one: dice.pick((True, False, None)) for one in levels}, "other": None},
        )

    def _threats(self, dice: Dice, assessment: int) -> list[Json]:
        names = self._catalogue.names

        def more(code: str) -> Json:
            scope, severity = dice.pick(_SCOPES), dice.pick(_SEVERITIES)
            score = None if scope is None or severity is None else 3 + dice.below(6)
            impact = "" if score is None else ("Low", "Medium", "High")[min(2, (score - 3) // 2)]
            return {
                "scope": scope,
                "timing": dice.pick(_TIMINGS),
                "internationalTrade": dice.pick((None,) * 9 + ("No",)),
                "score": f"{impact} Impact: {score}" if score else None,
                "severity": severity,
                "ancestry": None,
                "virus": "Invented virus 7" if code == "8_5_2" else None,
                "ias": names.scientific_name(dice.below(1000)) if code in _NAMED else None,
                "text": 'Told of as "serious",\nbut never measured.' if dice.chance(6) else None,
            }

        return self._each("threats", assessment, more)

    # -- people and papers -----------------------------------------------------------------

    def _person(self, dice: Dice) -> str:
        surname = self._catalogue.names.surname(dice.below(99_999))
        return f"{surname}, {'ABCDEFGHIJKLMNOPRSTVW'[dice.below(21)]}."

    def _people(self, dice: Dice, number: int) -> str:
        names = [self._person(dice) for _ in range(number)]
        return " & ".join([", ".join(names[:-1]), names[-1]] if number > 1 else names)

    def _credits(self, dice: Dice, authors: str) -> list[Json]:
        found: list[Json] = []
        for role, percent in _ROLES.items():
            if dice.chance(percent):
                full = authors if role == "assessor" else self._people(dice, 1 + dice.below(9))
                value = None
                if dice.chance(55):
                    people = [self._person(dice) for _ in range(dice.below(5))]
                    value = [f"{person} (someone.{len(person)}@demo.example)" for person in people]
                found.append({"credit_type_name": role, "full": full, "value": value})
        return found * 2 if dice.chance(5) else found

    def _references(self, dice: Dice, year: int) -> list[Json]:
        found: list[Json] = []
        for _ in range(2 + dice.below(10) * (1 + dice.below(6))):
            author, when = self._people(dice, 1 + dice.below(4)), str(year - dice.below(45))
            place = self._catalogue.names.place(dice.below(99_999))
            title = dice.pick(_TITLES).format(place)
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


def _errata(dice: Dice, year: int | None) -> list[Json]:
    if year is None or not dice.chance(12):
        return []
    return [
        {"reason": f"This version of the {year - 1} one mends a comma, and \u201c{year}\u201d."}
    ]


def _supplement(dice: Dice, *, marine: bool) -> Json:
    """The supplementary information: limits in metres, then texts; depths of what lives at sea."""

    def metres(most: int, likely: bool) -> int | None:
        return dice.below(most) if likely and dice.chance(70) else None

    found: Json = {
        "upper_elevation_limit": metres(4200, not marine),
        "lower_elevation_limit": metres(900, not marine),
        "lower_depth_limit": metres(3000, marine),
        "upper_depth_limit": metres(60, marine),
    }
    for key, (percent, options) in _SUPPLEMENT.items():
        found[key] = dice.pick(options) if dice.chance(percent) else None
    places: list[Json] = []
    for name, actions in _IN_PLACE.items():
        taken = [{"name": one, "value": dice.pick(_DONE)} for one in actions if dice.chance(45)]
        if taken:
            places.append({"name": name, "actions": taken})
    found["conservation_actions_in_place"] = places
    return found


def _size(dice: Dice) -> int:
    chance = dice.below(100)
    place = next(place for place, (share, _) in enumerate(_SIZES) if chance < share)
    least, most = _SIZES[place][1], _SIZES[place + 1][1]
    return least + dice.below(most - least)
