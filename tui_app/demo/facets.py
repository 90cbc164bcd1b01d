"""Facets: what an assessment is coded with, such as countries, habitats or threats.

A facet gives every assessment (or taxon) a *key*, a number below 65,536, and says which codes a
key stands for.  So the list of one code and the codes of one assessment come from the same rule,
and agree: whoever is listed under ``countries/MG`` has MG among its locations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import product
from typing import Final

from tui_app.redlist import codes

from . import geography, rules
from .columns import Columns, halves
from .rules import Rule
from .structure import SLOTS

Keys = Sequence[int]

TERRESTRIAL, FRESHWATER, MARINE = 1, 2, 4
_SYSTEM_CODES: Final = {TERRESTRIAL: "0", FRESHWATER: "1", MARINE: "2"}
_KEYS: Final = 65_536
_LEVELS: Final = range(4 << 8)  # chance and how worrying the category is


class Facet:
    """One facet of the catalogue.

    Attributes:
        path: its path in the API, for instance ``countries``.
        single: the name of one code in bodies, for instance ``country``.
        of_taxa: whether keys belong to taxa; else to assessments.
        codes_of: the codes that a key stands for; codes may be repeated.
    """

    def __init__(
        self,
        names: tuple[str, str],
        keys: Callable[[], Keys],
        codes_of: Rule,
        domain: Iterable[int],
        *,
        of_taxa: bool = False,
    ) -> None:
        """A facet.

        Args:
            names: its *path* and *single*.
            keys: makes the column of keys, when it is first needed.
            codes_of: see the class.
            domain: the keys that may occur.
            of_taxa: see the class.
        """
        self.path, self.single = names
        self.of_taxa = of_taxa
        self.codes_of = codes_of
        self._make_keys = keys
        self._domain = domain

    @cached_property
    def keys(self) -> Keys:
        """The key of each taxon or assessment."""
        return self._make_keys()

    @cached_property
    def _by_code(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for key in self._domain:
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
    facets = (*_of_places(columns), *_of_concern(columns), *_of_kind(columns), *_given(columns))
    return {facet.path: facet for facet in facets}


def _of_places(columns: Columns) -> list[Facet]:
    """Facets that follow from where a taxon lives; see ``Columns.places`` for the key."""

    def place(key: int) -> tuple[int, int]:
        return key & 255, key >> 8 & 7

    def realms(key: int) -> Sequence[str]:
        return () if key >> 11 == MARINE else geography.realms_of(*place(key))

    def seas(key: int) -> Sequence[str]:
        return geography.faos_of(*place(key)) if key >> 11 & MARINE else ()

    def systems(key: int) -> Sequence[str]:
        return [code for bit, code in _SYSTEM_CODES.items() if key >> 11 & bit]

    everywhere = product(range(len(geography.clusters())), range(64))
    domain = [cluster | rest << 8 for cluster, rest in everywhere]
    facets: tuple[tuple[tuple[str, str], Rule], ...] = (
        (("biogeographical_realms", "biogeographical_realm"), realms),
        (("countries", "country"), lambda key: geography.countries_of(*place(key))),
        (("faos", "fao"), seas),
        (("systems", "system"), systems),
    )
    return [
        Facet(names, lambda: columns.places, rule, domain, of_taxa=True) for names, rule in facets
    ]


def _of_concern(columns: Columns) -> list[Facet]:
    """Facets that depend on how worrying the category is."""
    seed = columns.seed
    facets = (
        (("conservation_actions", "conservation_action"), "action", rules.actions(seed)),
        (("population_trends", "population_trend"), "trend", rules.trends()),
        (("research", "research"), "research", rules.research(seed)),
        (("stresses", "stress"), "threat", rules.stresses(seed)),
        (("threats", "threat"), "threat", rules.threats(seed)),
    )

    def keys(name: str) -> Callable[[], Keys]:
        return lambda: halves(columns.chance(name), columns.concerns)

    return [Facet(names, keys(chance), rule, _LEVELS) for names, chance, rule in facets]


def _of_kind(columns: Columns) -> list[Facet]:
    """Facets that depend on what kind of living thing it is, and where."""
    seed, structure = columns.seed, columns.structure
    groups, kingdoms = list(rules.GROWTH_FORMS), ("ANIMALIA", "PLANTAE")

    def taxon_habitats() -> Keys:
        climates = bytes(cluster.climate for cluster in geography.clusters())
        climate = columns.clusters.translate(climates + bytes(256 - len(climates)))
        pairs = zip(columns.systems, climate, strict=True)
        high = bytes(system * 4 + place for system, place in pairs)
        return halves(columns.chance("habitat")[: structure.taxa], high)

    def plants() -> Keys:
        numbers = []
        for family in structure.families:
            names = (family.lineage[2], family.lineage[0])
            numbers.append(next((groups.index(name) + 1 for name in names if name in groups), 0))
        return halves(columns.chance("growth"), columns.by_family(numbers))

    def users() -> Keys:
        first = (family.lineage[0] for family in structure.families)
        numbers = [kingdoms.index(name) if name in kingdoms else 2 for name in first]
        return halves(columns.chance("use"), columns.by_family(numbers))

    forms = range((len(groups) + 1) << 8)
    return [
        Facet(
            ("habitats", "habitat"), taxon_habitats, rules.habitats(seed), range(1 << 10, 8 << 10),
            of_taxa=True,
        ),
        Facet(("growth_forms", "growth_form"), plants, rules.growth_forms(seed), forms),
        Facet(("use_and_trade", "use_trade"), users, rules.uses(seed), range(3 << 8)),
    ]  # fmt: skip


def _given(columns: Columns) -> list[Facet]:
    """Facets that are columns of their own."""
    categories = codes.categories()
    return [
        Facet(
            ("red_list_categories", "red_list_category"), lambda: columns.categories,
            lambda key: (categories[key][1],), range(len(categories)),
        ),
        Facet(
            ("scopes", "scope"), lambda: columns.structure.slots,
            lambda key: SLOTS[key].scopes, range(len(SLOTS)),
        ),
    ]  # fmt: skip
