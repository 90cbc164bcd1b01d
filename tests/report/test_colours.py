"""Colours of phases: told apart from each other and from those of methods, whoever looks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product
from math import cbrt, dist

import pytest

from tui_app.report.phases import DARK, LIGHT, Phase
from tui_app.ui.theme import LIGHT_THEME, THEME, use_inks, variables

PHASES = tuple(phase.key for phase in Phase if phase is not Phase.QUEUED)
METHODS = ("sequential", "threads", "asyncio")
APART = 0.1
"""In OKLab, where black and white are 1 apart: a tenth is seen at once, side by side or not."""
NEAR_LOST = 0.08
"""The mark of what is lost has a glyph and a place of its own."""

Vector = tuple[float, ...]
Matrix = tuple[Vector, Vector, Vector]

# Machado, Oliveira, Fernandes 2009, of linear RGB: no cones at all for long, medium, short waves.
SIGHTS: dict[str, Matrix] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_LMS: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def times(matrix: Matrix, vector: Vector) -> Vector:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def oklab(colour: str, sight: Matrix) -> Vector:
    """A colour ``#rrggbb`` as somebody sees it, in OKLab."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = tuple(
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels
    )
    seen = tuple(min(1.0, max(0.0, one)) for one in times(sight, linear))
    return times(TO_LAB, tuple(map(cbrt, times(TO_LMS, seen))))


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_phases_are_told_from_methods_and_each_other(
    colours: Mapping[str, str], sight: str
) -> None:
    """Else a bar that waits looks like the bar of a method."""
    seen = {name: oklab(colours[name], SIGHTS[sight]) for name in (*PHASES, *METHODS, "lost")}
    pairs = (*combinations(PHASES, 2), *product(PHASES, METHODS))
    alike = {f"{a}, {b}" for a, b in pairs if dist(seen[a], seen[b]) < APART}
    assert alike == set()
    assert min(dist(seen[one], seen["lost"]) for one in PHASES) >= NEAR_LOST


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_waiting_is_lighter_than_a_body(colours: Mapping[str, str]) -> None:
    """A print may have no colours."""
    wait, body = (oklab(colours[one], SIGHTS["usual"])[0] for one in ("wait", "body"))
    assert wait - body >= 0.08


@pytest.mark.parametrize("theme", [THEME, LIGHT_THEME])
def test_the_screen_has_the_same_colours(theme: object) -> None:
    dark = theme is THEME
    try:
        assert variables(dark=dark) == {
            f"phase-{name}": (DARK if dark else LIGHT)[name] for name in PHASES
        }
    finally:
        use_inks(dark=True)
