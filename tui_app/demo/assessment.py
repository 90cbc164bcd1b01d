"""A full assessment, with all 33 keys that the API gives one, in its order.

What it is coded with comes from the facets, so it agrees with the lists it stands on; all else is
drawn for the assessment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_app.redlist import codes

from .catalogue import Catalogue
from .hashing import Dice
from .prose import documentation
from .rows import SITE, scope_objects
from .supplement import supplement
from .taxa import Json, Taxa

_SIZES: Final = (
    (48, 1_500, 6_000),
    (84, 6_000, 22_000),
    (97, 22_000, 60_000),
    (100, 60_000, 110_000),
)
"""How long the texts are: of a hundred assessments up to the first number, from and to bytes."""

_TIMINGS: Final = (
    "Ongoing",
    "Ongoing",
    "Ongoing",
    "Future",
    "Past, Likely to Return",
    "Unknown",
    None,
)
_SCOPES: Final = ("Whole (>90%)", "Majority (50-90%)", "Minority (<50%)", "Unknown", None)
_SEVERITIES: Final = (
    "Very Rapid Declines", "Rapid Declines", "Slow, Significant Declines",
    "Causing/Could cause fluctuations", "Negligible declines", "No decline", "Unknown", None,
)  # fmt: skip
_LMES: Final = (
    ("1", "East Bering Sea"), ("10", "Insular Pacific-Hawaiian"), ("12", "Caribbean Sea"),
    ("22", "North Sea"), ("26", "Mediterranean Sea"), ("32", "Arabian Sea"),
)  # fmt: skip


class Assessments:
    """Writes the full assessments of one catalogue."""

    def __init__(self, catalogue: Catalogue, taxa: Taxa) -> None:
        """Assessments of *catalogue*, whose taxa are described by *taxa*."""
        self._catalogue = catalogue
        self._taxa = taxa

    def whole(self, assessment: int) -> Json:
        """An assessment by its number."""
        known, skeleton = self._catalogue, self._catalogue.structure
        dice = Dice(known.seed, "assessment", assessment)
        taxon = skeleton.taxon_of(assessment)
        sis_id, assessment_id = skeleton.sis_id(taxon), skeleton.assessment_id(assessment)
        name, year = known.names.scientific_name(taxon), known.year(assessment)
        slot = known.slot(assessment)
        version, category, title = known.category(assessment)
        authors = self._people(dice, 1 + dice.below(6))
        trend = known.codes_of("population_trends", assessment)
        trends = codes.schemes()["population_trends"]
        return {
            "assessment_date": known.date(assessment),
            "year_published": str(year),
            "latest": slot.latest,
            "possibly_extinct": bool(known.columns.possibly_extinct[assessment]),
            "possibly_extinct_in_the_wild": bool(
                known.columns.possibly_extinct_in_the_wild[assessment]
            ),
            "sis_taxon_id": sis_id,
            "criteria": known.criteria(assessment),
            "url": f"{SITE}/species/{sis_id}/{assessment_id}",
            "citation": f"{authors} {year}. {name}. An invented assessment of the iucn-tui demo, "
            f"{year}: e.T{sis_id}A{assessment_id}.",
            "assessment_id": assessment_id,
            "assessment_points": dice.chance(30),
            "assessment_ranges": dice.chance(70),
            "taxon": self._taxa.whole(taxon),
            "population_trend": _coded(trend[0], trends[trend[0]]) if trend else None,
            "red_list_category": {"version": version, **_coded(category, title)},
            "supplementary_info": supplement(
                dice, wet="2" in known.codes_of("systems", assessment)
            ),
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
            "errata": self._errata(dice, year),
            "references": self._references(dice, year),
            "growth_forms": self._plain("growth_forms", assessment),
            "lmes": self._seas(dice, assessment),
            "scopes": scope_objects(slot.scopes),
            "stresses": self._plain("stresses", assessment),
            "systems": self._plain("systems", assessment),
        }

    # -- lists of codes --------------------------------------------------------------------

    def _each(self, path: str, assessment: int, more: Callable[[str], Json]) -> list[Json]:
        scheme = codes.schemes()[path]
        found = self._catalogue.codes_of(path, assessment)
        return [{**more(code), **_coded(code, scheme[code])} for code in found]

    def _plain(self, path: str, assessment: int) -> list[Json]:
        return self._each(path, assessment, lambda code: {})

    def _noted(self, dice: Dice, path: str, assessment: int) -> list[Json]:
        note = None if dice.chance(50) else ""
        scheme = codes.schemes()[path]
        return [
            {"note": note, "code": code, "description": {"en": scheme[code]}}
            for code in self._catalogue.codes_of(path, assessment)
        ]

    def _habitats(self, dice: Dice, assessment: int) -> list[Json]:
        def more(code: str) -> Json:
            del code
            importance: Json = {"majorImportance": dice.pick(("Yes", "Yes", "No", None))}
            season = dice.pick(
                ("Resident", "Resident", "Breeding Season", "Non-Breeding Season", None)
            )
            suitability = dice.pick(("Suitable", "Suitable", "Suitable", "Marginal"))
            return {**importance, "season": season, "suitability": suitability}

        found = self._each("habitats", assessment, more)
        if found and dice.chance(15):  # birds, for instance, have one twice: breeding and not
            found.append({**found[0], "season": "Passage"})
        return found

    def _locations(self, dice: Dice, assessment: int) -> list[Json]:
        alone = len(self._catalogue.codes_of("countries", assessment)) == 1

        def more(code: str) -> Json:
            del code
            return {
                "is_endemic": alone,
                "formerlyBred": dice.pick((None, None, "No", "Yes")),
                "origin": dice.pick(("Native",) * 12 + ("Introduced", "Vagrant", "Reintroduced")),
                "presence": dice.pick(("Extant",) * 9 + ("Possibly Extinct", "Presence Uncertain")),
                "seasonality": dice.pick(
                    (None, ["Resident"], ["Resident"], ["Breeding Season", "Passage"], [])
                ),
            }

        return self._each("countries", assessment, more)

    def _uses(self, dice: Dice, assessment: int) -> list[Json]:
        def more(code: str) -> Json:
            del code
            levels = ("international", "national", "subsistence")
            return {
                **{level: dice.pick((True, False, None)) for level in levels},
                "other": None,
            }

        return self._each("use_and_trade", assessment, more)

    def _threats(self, dice: Dice, assessment: int) -> list[Json]:
        names = self._catalogue.names

        def more(code: str) -> Json:
            scope, severity = dice.pick(_SCOPES), dice.pick(_SEVERITIES)
            score = None if scope is None or severity is None else 3 + dice.below(6)
            impact = "" if score is None else ("Low", "Medium", "High")[min(2, (score - 3) // 2)]
            named = code in {"8_1_2", "8_2_2", "8_4_2"}
            return {
                "scope": scope,
                "timing": dice.pick(_TIMINGS),
                "internationalTrade": dice.pick((None,) * 9 + ("No",)),
                "score": f"{impact} Impact: {score}" if score else None,
                "severity": severity,
                "ancestry": None,
                "virus": "Invented virus 7" if code == "8_5_2" else None,
                "ias": names.scientific_name(dice.below(1000)) if named else None,
                "text": 'Told of as "serious",\nbut never measured.' if dice.chance(6) else None,
            }

        return self._each("threats", assessment, more)

    def _seas(self, dice: Dice, assessment: int) -> list[Json]:
        if "2" not in self._catalogue.codes_of("systems", assessment) or dice.chance(60):
            return []
        return [_coded(*dice.pick(_LMES)) for _ in range(1 + dice.below(2))]

    # -- people and papers -----------------------------------------------------------------

    def _people(self, dice: Dice, number: int) -> str:
        names = [
            f"{self._catalogue.names.surname(dice.below(99_999))}, {_initial(dice)}"
            for _ in range(number)
        ]
        return " & ".join([", ".join(names[:-1]), names[-1]] if number > 1 else names)

    def _credits(self, dice: Dice, authors: str) -> list[Json]:
        found: list[Json] = []
        for role in ("assessor", "evaluator", "contributor", "facilitator"):
            if role in {"contributor", "facilitator"} and dice.chance(45):
                continue
            full = authors if role == "assessor" else self._people(dice, 1 + dice.below(9))
            value = None
            if dice.chance(55):
                value = [self._people(dice, 1) for _ in range(1 + dice.below(5))]
            found.append({"credit_type_name": role, "full": full, "value": value})
        return found

    def _errata(self, dice: Dice, year: int) -> list[Json]:
        if not dice.chance(12):
            return []
        reason = (
            f"This version of the {year - 1} one mends a name, a comma, and \u201c{year}\u201d."
        )
        return [{"reason": reason}]

    def _references(self, dice: Dice, year: int) -> list[Json]:
        found: list[Json] = []
        for _ in range(2 + dice.below(10) * (1 + dice.below(6))):
            author, when = self._people(dice, 1 + dice.below(4)), str(year - dice.below(45))
            place = self._catalogue.names.place(dice.below(99_999))
            title = dice.pick(
                ("Notes on the wildlife of {}", "A <i>new</i> list for {}", "{}, revisited")
            )
            title = title.format(place)
            short = dice.pick((None, "", f"{author.split(',')[0]} {when}"))
            found.append(
                {
                    "citation": f"{author} {when}. <i>{title}</i>. Invented Press, {place}.",
                    "year": when,
                    "title": title,
                    "author": author,
                    "citation_short": short,
                }
            )
        return found


def _coded(code: str, title: str) -> Json:
    return {"description": {"en": title}, "code": code}


def _initial(dice: Dice) -> str:
    return "ABCDEFGHIJKLMNOPRSTVW"[dice.below(21)] + "."


def _size(dice: Dice) -> int:
    chance = dice.below(100)
    least, most = next((least, most) for share, least, most in _SIZES if chance < share)
    return least + dice.below(most - least)
