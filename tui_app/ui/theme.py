"""Colours: the two themes, and what each method and phase looks like in every panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from textual.theme import Theme

from tui_app.report.phases import DARK, LIGHT, Phase, mark_of

_COLOURS: Final = {
    "primary": ("#6cb6b0", "#17706a"),
    "secondary": ("#8fa9c9", "#3b5f8a"),
    "accent": ("#e2b26b", "#835300"),
    "foreground": ("#d5dbe1", "#1c2429"),
    "background": ("#14191d", "#f3f5f5"),
    "surface": ("#1a2025", "#ffffff"),
    "panel": ("#232b31", "#e4e9eb"),
    "success": ("#86bf83", "#2b6a28"),
    "error": ("#e0796f", "#ad241c"),
}
_EDGE: Final = ("#3a464e", "#b4bfc4")
_HOVER: Final = ("#54636d", "#8f9da4")
"""Each colour on a dark ground, and on a light one. Blurred borders have that of the edge."""


def _theme(name: str, *, dark: bool) -> Theme:
    ground = 0 if dark else 1
    colours: dict[str, Any] = {one: both[ground] for one, both in _COLOURS.items()}
    primary, surface = colours["primary"], colours["surface"]
    return Theme(
        name,
        dark=dark,
        **colours,
        warning=colours["accent"],
        variables={
            "border": primary,
            "border-blurred": _EDGE[ground],
            "input-selection-background": f"{primary} 30%",
            "block-cursor-background": primary,
            "block-cursor-foreground": colours["background"] if dark else surface,
            "block-cursor-text-style": "bold",
            "scrollbar": _EDGE[ground],
            "scrollbar-hover": _HOVER[ground],
            "scrollbar-active": primary,
            "scrollbar-background": surface,
            "scrollbar-background-hover": surface,
            "scrollbar-background-active": surface,
            "scrollbar-corner-color": surface,
        },
    )


THEME: Final = _theme("iucn", dark=True)
"""Calm and dark; the palette's Theme command offers the light one and Textual's own."""
LIGHT_THEME: Final = _theme("iucn-light", dark=False)
"""For a bright room, a projector, a page of a book."""

QUIET: Final = "$foreground 70%"
"""The style of what is said in a low voice: still 4.5 to 1 on either theme."""


@dataclass(frozen=True, slots=True)
class Inks:
    """Colours of what is drawn rather than styled by CSS: ``fair`` is what was made good."""

    title: str
    quiet: str
    bad: str
    fair: str


_DARK, _LIGHT = (
    Inks(theme.primary, quiet, str(theme.error), str(theme.accent))
    for theme, quiet in ((THEME, "#9da5ab"), (LIGHT_THEME, "#5a656b"))
)


@dataclass(frozen=True, slots=True)
class MethodLook:
    """How a method is told from the others: ``#rrggbb`` and one character."""

    colour: str
    marker: str


class _Ground:
    """What is behind everything. The application has but one."""

    dark = True


def use_inks(*, dark: bool) -> None:
    """Draw for a dark background from now on, or for a light one."""
    _Ground.dark = dark


def inks() -> Inks:
    """The colours for what is behind them now."""
    return _DARK if _Ground.dark else _LIGHT


def ground() -> str:
    """The colour behind what is drawn in a panel, ``#rrggbb``."""
    return _COLOURS["surface"][0 if _Ground.dark else 1]


def look_of(method: str) -> MethodLook:
    """The look of a method on what is behind it now."""
    mark = mark_of(method)
    return MethodLook((DARK if _Ground.dark else LIGHT)[mark.colour], mark.glyph)


def variables(*, dark: bool) -> dict[str, str]:
    """What the style sheets need besides Textual's own: ``$phase-…``, a colour for each phase."""
    use_inks(dark=dark)
    colours = DARK if dark else LIGHT
    return {f"phase-{one.key}": colours[one.key] for one in Phase if one.key in colours}
