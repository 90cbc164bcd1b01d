"""Which codes a key stands for: the rules of the facets that are drawn by chance.

Each rule is a function of a key of 16 bits: its low byte is chance, its high byte what the chance
is weighed by, such as how worrying the category is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tui_app.redlist import codes

from . import geography
from .columns import CALM, GONE, THREATENED, WATCHED
from .hashing import Dice, spread

Rule = Callable[[int], Sequence[str]]

# Habitats that a taxon of a system may have: on land by climate.
_LAND: Final = {
    "t": "1_5 1_6 1_6 1_6 1_7 1_9 1_9 2_1 2_2 3_5 3_6 3_7 4_5 4_6 4_7 6 7_1 13_1 14 14_1 14_3 14_6",
    "m": "1 1_4 1_4 3_4 3_8 3_8 4_4 4_4 6 7 7_1 7_2 13_1 13_3 14_1 14_2 14_4 14_5 16 17 3 2",
    "a": "2_1 3_5 3_8 4_5 6 8_1 8_1 8_2 13_3 14_2 1_5 14_1 4 8",
    "c": "1_1 1_1 1_2 1_3 3_1 3_2 3_3 4_1 4_2 4_3 6 8_3 14_2 1_4",
}
_FRESH: Final = (
    "5_1 5_1 5_1 5_2 5_3 5_4 5_5 5_5 5_6 5_7 5_8 5_9 5_10 5_11 5_12 5_13 5_14 5_15 5_16 5_17 5_18 "
    "1_8 15 15_1 15_2 15_3 15_5 15_6 15_7 15_8 15_9 15_10 5"
)
_SEA: Final = (
    "9_1 9_1 9_2 9_3 9_4 9_5 9_6 9_7 9_8 9_8_1 9_8_2 9_8_3 9_8_4 9_8_5 9_8_6 9_9 9_10 10_1 10_1 "
    "10_2 10_3 10_4 11_1 11_1_1 11_1_2 11_2 11_3 11_4 11_5 11_6 12_1 12_2 12_3 12_4 12_5 12_6 12_7 "
    "13_2 13_4 13_5 15_4 15_11 15_12 15_13 9 10 11 12 13"
)
GROWTH_FORMS: Final = {
    "MAGNOLIOPSIDA": "TL TS TS T SL SS S F F A E H P L V SH SC SA ST GE",
    "LILIOPSIDA": "GE GE GR GR F E E H L V A T TS M",
    "PINOPSIDA": "TL TL TS SL",
    "CYCADOPSIDA": "C",
    "POLYPODIOPSIDA": "PT",
    "LYCOPODIOPSIDA": "PT",
    "BRYOPSIDA": "B",
    "LECANOROMYCETES": "LC",
    "FUNGI": "M",
    "PLANTAE": "S SS B F",
}
"""Growth forms of plants and fungi, by class or kingdom; animals have none."""

_USUAL_STRESSES: Final = (
    "1_1", "1_2", "1_2", "1_3", "2_1", "2_1", "2_2", "2_3_1", "2_3_2", "2_3_7",
)  # fmt: skip
# Of a hundred assessments so many have any, and so many at most: CALM, WATCHED, THREATENED, GONE.
_THREATS: Final = ((30, 75, 96, 60), (4, 7, 14, 4))
_ACTIONS: Final = ((20, 55, 90, 30), (3, 5, 9, 2))
_RESEARCH: Final = ((45, 65, 88, 20), (3, 4, 6, 2))
_USED_BY_KINGDOM: Final = (12, 38, 45)  # percent of animals, plants and others
_NO_TREND_FROM: Final = 250  # of 256 calm assessments the last ones have no trend


def chosen(seed: int, name: str, weights: tuple[Sequence[int], Sequence[int]]) -> Rule:
    """A rule that draws several codes of a scheme, most often leaves; they may be repeated."""
    pool = [code for code in codes.schemes()[name] if "_" in code] * 3
    pool += list(codes.schemes()[name])
    percent, most = weights

    def choose(key: int) -> list[str]:
        dice = Dice(seed, name, key)
        if not dice.chance(percent[key >> 8]):
            return []
        return [dice.pick(pool) for _ in range(1 + dice.below(most[key >> 8]))]

    return choose


def threats(seed: int) -> Rule:
    """The rule for threats."""
    return chosen(seed, "threats", _THREATS)


def actions(seed: int) -> Rule:
    """The rule for conservation actions."""
    return chosen(seed, "conservation_actions", _ACTIONS)


def research(seed: int) -> Rule:
    """The rule for research needed."""
    return chosen(seed, "research", _RESEARCH)


def stresses(seed: int) -> Rule:
    """The rule for stresses: each threat brings one to three."""
    own_threats = threats(seed)
    rare = tuple(codes.schemes()["stresses"])

    def rule(key: int) -> list[str]:
        dice = Dice(seed, "stresses", key)
        number = sum(1 + dice.below(3) for _ in own_threats(key))
        return [dice.pick(rare if dice.chance(4) else _USUAL_STRESSES) for _ in range(number)]

    return rule


def habitats(seed: int) -> Rule:
    """The rule for habitats: by systems (key >> 10) and climate (key >> 8 & 3)."""

    def rule(key: int) -> list[str]:
        dice = Dice(seed, "habitats", key)
        system, climate = key >> 10, geography.CLIMATES[key >> 8 & 3]
        land, fresh, sea = system & 1, system & 2, system & 4
        pools = [_LAND[climate] if land else "", _FRESH if fresh else "", _SEA if sea else ""]
        pool = " ".join(pools).split()
        if dice.chance(4):
            return ["18"]
        return list(dict.fromkeys(dice.pick(pool) for _ in range(1 + dice.below(4))))

    return rule


def uses(seed: int) -> Rule:
    """The rule for use and trade: by kingdom."""
    pool = tuple(codes.schemes()["use_and_trade"])

    def rule(key: int) -> list[str]:
        dice = Dice(seed, "use", key)
        if not dice.chance(_USED_BY_KINGDOM[key >> 8]):
            return []
        return list(dict.fromkeys(dice.pick(pool) for _ in range(1 + dice.below(4))))

    return rule


def growth_forms(seed: int) -> Rule:
    """The rule for growth forms: by group of plants, 0 for animals."""
    pools = [forms.split() for forms in GROWTH_FORMS.values()]

    def rule(key: int) -> list[str]:
        if key >> 8 == 0:
            return []
        dice = Dice(seed, "growth", key)
        pool = pools[(key >> 8) - 1]
        return list(dict.fromkeys(dice.pick(pool) for _ in range(1 + dice.below(2))))

    return rule


def trends() -> Rule:
    """The rule for population trends: one, or none for a few."""
    tables = {
        CALM: spread({0: 6, 1: 18, 2: 42, 3: 34}),
        WATCHED: spread({0: 2, 1: 62, 2: 12, 3: 24}),
        THREATENED: spread({0: 2, 1: 78, 2: 4, 3: 16}),
        GONE: spread({3: 1}),
    }

    def rule(key: int) -> list[str]:
        level, chance = key >> 8, key & 255
        if level == CALM and chance >= _NO_TREND_FROM:
            return []
        return [str(tables[level][chance])]

    return rule
