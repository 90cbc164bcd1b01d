"""The supplementary information of a full assessment: limits, sizes, trends, actions in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .hashing import Dice
from .taxa import Json

_YES_NO: Final = ("Yes", "No", "Unknown")
_IN_PLACE: Final[dict[str, tuple[str, ...]]] = {
    "In-place research and monitoring": ("Action Recovery Plan", "Systematic monitoring scheme"),
    "In-place land/water protection": (
        "Conservation sites identified",
        "Area based regional management plan",
        "Occurs in at least one protected area",
        "Percentage of population protected by PAs",
        "Invasive species control or prevention",
    ),
    "In-place species management": (
        "Harvest management plan",
        "Successfully reintroduced or introduced benignly",
        "Subject to ex-situ conservation",
    ),
    "In-place education": (
        "Subject to recent education and awareness programmes",
        "Included in international legislation",
        "Subject to any international management / trade controls",
    ),
}


def supplement(dice: Dice, *, wet: bool) -> Json:
    """The supplementary information of an assessment; *wet*: whether the taxon lives in the sea."""

    def metres(most: int, likely: bool) -> int | None:
        return dice.below(most) if likely and dice.chance(70) else None

    def text(percent: float, options: Sequence[str]) -> str | None:
        return dice.pick(options) if dice.chance(percent) else None

    low, high = metres(900, not wet), metres(4200, not wet)
    shallow, deep = metres(60, wet), metres(3000, wet)
    number = str(10 * (1 + dice.below(5000)))
    return {
        "upper_elevation_limit": high,
        "lower_elevation_limit": low,
        "lower_depth_limit": deep,
        "upper_depth_limit": shallow,
        "population_size": text(25, (number, f"{number}-{number}0", "<250")),
        "population_severely_fragmented": dice.pick(_YES_NO),
        "population_continuing_decline": text(35, _YES_NO),
        "generational_length": text(40, ("4.2", "7", "22", "1.5-2")),
        "congregatory": text(12, ("Congregatory (and dispersive)", "Congregatory (year-round)")),
        "movement_patterns": text(60, ("Not a Migrant", "Full Migrant", "Altitudinal Migrant")),
        "continuing_decline_in_area": text(40, _YES_NO),
        "conservation_actions_in_place": _in_place(dice),
        "identification_information": None,
        "extreme_fluctuations": text(20, _YES_NO),
        "no_of_subpopulations": text(18, ("1", "2-5", "12")),
        "continuing_decline_in_subpopulations": text(18, _YES_NO),
        "extreme_fluctuations_in_subpopulations": text(12, _YES_NO),
        "all_individuals_in_one_subpopulation": text(12, _YES_NO),
        "no_of_individuals_in_largest_subpopulation": text(10, ("40", "100-200")),
        "estimated_area_of_occupancy": text(45, ("8", "120-340", "2000")),
        "continuing_decline_in_area_of_occupancy": text(30, _YES_NO),
        "extreme_fluctuations_in_area_of_occupancy": text(20, _YES_NO),
        "estimated_extent_of_occurence": text(50, ("95", "1400", "20000-45000")),
        "continuing_decline_in_extent_of_occurence": text(30, _YES_NO),
        "extreme_fluctuations_in_extent_of_occurence": text(20, _YES_NO),
        "continuing_decline_in_number_of_locations": text(25, _YES_NO),
        "extreme_fluctuations_in_number_of_locations": text(20, _YES_NO),
    }


def _in_place(dice: Dice) -> list[Json]:
    found: list[Json] = []
    for name, actions in _IN_PLACE.items():
        taken = [action for action in actions if dice.chance(45)]
        if taken:
            values = ("Yes", "No", "Unknown", "Yes, over entire range", "41-50")
            done = [{"name": action, "value": dice.pick(values)} for action in taken]
            found.append({"name": name, "actions": done})
    return found
