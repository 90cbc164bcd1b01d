"""Facets: what an assessment is coded with, such as countries, habitats or threats.

A facet gives every assessment (or taxon) a *key*, a number below 65,536, and says which codes a
key stands for. So the list of one code and the codes of one assessment come from the same rule and
agree. The low byte of most keys is chance, the high byte what the chance is weighed by, such as
how worrying the category is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from tui_app.redlist import codes

from .columns import CALM, GONE, THREATENED, WATCHED, Columns, halves
from .hashing import Dice, spread
from .skeleton import SLOTS
from .tables import CLIMATES, COUNTRIES_BY_BREADTH, clusters, lines

Keys = Sequence[int]
Rule = Callable[[int], Sequence[str]]

_LAND, _FRESH, _SEA = 1, 2, 4
_SYSTEM_CODES: Final = {_LAND: "0", _FRESH: "1", _SEA: "2"}
_KEYS: Final = 65_536
_CONCERNS: Final = range(4 << 8)

# Of a hundred assessments so many have any, and so many at most: CALM, WATCHED, THREATENED, GONE.
_THREATS: Final = ((30, 75, 96, 60), (4, 7, 14, 4))
_ACTIONS: Final = ((20, 55, 90, 30), (3, 5, 9, 2))
_RESEARCH: Final = ((45, 65, 88, 20), (3, 4, 6, 2))
_USED: Final = {"ANIMALIA": 12, "PLANTAE": 38, "": 45}  # percent that are used, by kingdom
_USUAL_STRESSES: Final = ("1_1", "1_2", "1_2", "1_3", "2_1", "2_1", "2_2", "2_3_1", "2_3_2")
_NO_TREND_FROM: Final = 240  # of 256 calm assessments the last ones have no trend


@dataclass
class Facet:
    """One facet of the catalogue.

    Attributes:
        path: its path in the API, for instance ``countries``.
        single: the name of one code in bodies, for instance ``country``.
        make_keys: makes the column of keys.
        codes_of: the codes that a key stands for; codes may be repeated.
        domain: the keys that may occur.
        of_taxa: whether keys belong to taxa; else to assessments.
    """

    path: str
    single: str
    make_keys: Callable[[], Keys]
    codes_of: Rule
    domain: Iterable[int] = field(repr=False)
    of_taxa: bool = False

    @cached_property
    def keys(self) -> Keys:
        """The key of each taxon or assessment."""
        return self.make_keys()

    @cached_property
    def _by_code(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for key in self.domain:
            for code in set(self.codes_of(key)):
                found.setdefault(code, []).append(key)
        return found

    def mask(self, code: str) -> bytes:
        """For each taxon or assessment 1 if it has a code."""
        table = bytearray(_KEYS)
        for key in self._by_code.get(code, ()):
            table[key] = 1
        return bytes(map(table.__getitem__, self.keys))


def make_facets(columns: Columns) -> dict[str, Facet]:
    """The facets of a catalogue, by their path in the API."""
    found = (*_of_places(columns), *_of_concern(columns), *_of_kind(columns), *_given(columns))
    return {facet.path: facet for facet in found}


def countries(place: int) -> tuple[str, ...]:
    """Codes of the countries of a place (``Columns.places``), the home country first."""
    return clusters()[place & 255].countries[: COUNTRIES_BY_BREADTH[place >> 8 & 7]]


def _of_places(columns: Columns) -> list[Facet]:
    """Facets that follow from where a taxon lives."""

    def realms(place: int) -> Sequence[str]:
        """A second realm only where the taxon is widespread, none in the sea."""
        if place >> 11 == _SEA:
            return ()
        return clusters()[place & 255].realms[: 2 if place >> 8 & 7 > 5 else 1]

    def seas(place: int) -> Sequence[str]:
        """One sea for a narrow range, all around for a wide one."""
        if not place >> 11 & _SEA:
            return ()
        return clusters()[place & 255].faos[: 1 + (place >> 8 & 7) // 2]

    def systems(place: int) -> Sequence[str]:
        return [code for bit, code in _SYSTEM_CODES.items() if place >> 11 & bit]

    domain = [cluster | rest << 8 for cluster in range(len(clusters())) for rest in range(64)]
    facets: tuple[tuple[str, str, Rule], ...] = (
        ("biogeographical_realms", "biogeographical_realm", realms),
        ("countries", "country", countries),
        ("faos", "fao", seas),
        ("systems", "system", systems),
    )
    return [
        Facet(path, single, lambda: columns.places, rule, domain, of_taxa=True)
        for path, single, rule in facets
    ]


def _of_concern(columns: Columns) -> list[Facet]:
    """Facets that depend on how worrying the category is (the high byte of the key)."""
    seed = columns.seed
    rare = tuple(codes.schemes()["stresses"])
    trends = {
        CALM: spread({0: 6, 1: 18, 2: 42, 3: 34}),
        WATCHED: spread({0: 2, 1: 62, 2: 12, 3: 24}),
        THREATENED: spread({0: 2, 1: 78, 2: 4, 3: 16}),
        GONE: spread({3: 1}),
    }

    def chosen(scheme: str, weights: tuple[Sequence[int], Sequence[int]]) -> Rule:
        """Several codes, most often leaves; those at the top of actions have none of their own."""
        percent, most = weights
        pool = [code for code in codes.schemes()[scheme] if "_" in code] * 3
        if scheme != "conservation_actions":
            pool += codes.schemes()[scheme]

        def rule(key: int) -> list[str]:
            dice = Dice(seed, scheme, key)
            if not dice.chance(percent[key >> 8]):
                return []
            return [dice.pick(pool) for _ in range(1 + dice.below(most[key >> 8]))]

        return rule

    threats = chosen("threats", _THREATS)

    def stresses(key: int) -> list[str]:
        """Each threat brings one to three."""
        dice = Dice(seed, "stresses", key)
        number = sum(1 + dice.below(3) for _ in threats(key))
        return [dice.pick(rare if dice.chance(4) else _USUAL_STRESSES) for _ in range(number)]

    def trend(key: int) -> list[str]:
        level, chance = key >> 8, key & 255
        if level == CALM and chance >= _NO_TREND_FROM:
            return []
        return [str(trends[level][chance])]

    def keys(chance: str) -> Callable[[], Keys]:
        return lambda: halves(columns.chance(chance), columns.concerns)

    actions, research = chosen("conservation_actions", _ACTIONS), chosen("research", _RESEARCH)
    return [
        Facet("conservation_actions", "conservation_action", keys("action"), actions, _CONCERNS),
        Facet("population_trends", "population_trend", keys("trend"), trend, _CONCERNS),
        Facet("research", "research", keys("research"), research, _CONCERNS),
        Facet("stresses", "stress", keys("threat"), stresses, _CONCERNS),
        Facet("threats", "threat", keys("threat"), threats, _CONCERNS),
    ]


def _of_kind(columns: Columns) -> list[Facet]:
    """Facets that depend on what kind of living thing it is, and where."""
    seed, skeleton = columns.seed, columns.skeleton
    forms, places, uses = lines("growth_forms"), lines("habitats"), codes.schemes()["use_and_trade"]

    def several(scheme: str, key: int, pool: Sequence[str], most: int) -> list[str]:
        dice = Dice(seed, scheme, key)
        return list(dict.fromkeys(dice.pick(pool) for _ in range(1 + dice.below(most))))

    def habitats(key: int) -> list[str]:
        """By systems (key >> 10) and climate (key >> 8 & 3)."""
        system = key >> 10
        pools = {_LAND: CLIMATES[key >> 8 & 3], _FRESH: "fresh", _SEA: "sea"}
        pool = " ".join(places[name] for bit, name in pools.items() if system & bit).split()
        return ["18"] if key & 255 > 246 else several("habitats", key, pool, 4)

    def habitat_keys() -> Keys:
        climates = [cluster.climate for cluster in clusters()]
        pairs = zip(columns.systems, columns.clusters, strict=True)
        high = bytes(system * 4 + climates[cluster] for system, cluster in pairs)
        return halves(columns.chance("habitat")[: skeleton.taxa], high)

    def form(key: int) -> list[str]:
        """By class or kingdom of plants and fungi; animals have none."""
        if not key >> 8:
            return []
        return several("growth", key, list(forms.values())[(key >> 8) - 1].split(), 2)

    def form_keys() -> Keys:
        names = list(forms)
        groups = [
            next((names.index(one) + 1 for one in (f.lineage[2], f.lineage[0]) if one in names), 0)
            for f in skeleton.families
        ]
        return halves(columns.chance("growth"), columns.by_family(groups))

    def use(key: int) -> list[str]:
        if not Dice(seed, "used", key).chance(list(_USED.values())[key >> 8]):
            return []
        return several("use", key, tuple(uses), 4)

    def use_keys() -> Keys:
        kingdoms = list(_USED)
        numbers = [
            kingdoms.index(family.lineage[0] if family.lineage[0] in _USED else "")
            for family in skeleton.families
        ]
        return halves(columns.chance("use"), columns.by_family(numbers))

    systems, groups = range(1 << 10, 8 << 10), range((len(forms) + 1) << 8)
    return [
        Facet("habitats", "habitat", habitat_keys, habitats, systems, of_taxa=True),
        Facet("growth_forms", "growth_form", form_keys, form, groups),
        Facet("use_and_trade", "use_trade", use_keys, use, range(len(_USED) << 8)),
    ]


def _given(columns: Columns) -> list[Facet]:
    """Facets that are columns of their own."""
    categories = codes.categories()

    def category(key: int) -> Sequence[str]:
        return (categories[key][1],)

    def scopes(key: int) -> Sequence[str]:
        return SLOTS[key].scopes

    return [
        Facet("red_list_categories", "red_list_category", lambda: columns.categories, category,
              range(len(categories))),
        Facet("scopes", "scope", lambda: columns.skeleton.slots, scopes, range(len(SLOTS))),
    ]  # fmt: skip
