"""Colours and marks: the theme, and what each method looks like in every panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.theme import Theme

from tui_app.methods import place_among_others

THEME: Final = Theme(
    name="iucn",
    primary="#6cb6b0",
    secondary="#8fa9c9",
    accent="#e2b26b",
    foreground="#d5dbe1",
    background="#14191d",
    surface="#1a2025",
    panel="#232b31",
    success="#86bf83",
    warning="#e2b26b",
    error="#e0796f",
    dark=True,
    variables={
        "border": "#6cb6b0",
        "border-blurred": "#3a464e",
        "footer-background": "#1a2025",
        "footer-key-foreground": "#6cb6b0",
        "footer-description-foreground": "#aab4bd",
        "input-selection-background": "#6cb6b0 30%",
        "block-cursor-background": "#6cb6b0",
        "block-cursor-foreground": "#14191d",
        "block-cursor-text-style": "bold",
        "scrollbar": "#3a464e",
        "scrollbar-hover": "#54636d",
        "scrollbar-active": "#6cb6b0",
        "scrollbar-background": "#1a2025",
        "scrollbar-background-hover": "#1a2025",
        "scrollbar-background-active": "#1a2025",
        "scrollbar-corner-color": "#1a2025",
    },
)
"""Calm and dark; the palette's Theme command offers the light one and Textual's own."""

LIGHT_THEME: Final = Theme(
    name="iucn-light",
    primary="#17706a",
    secondary="#3b5f8a",
    accent="#835300",
    foreground="#1c2429",
    background="#f3f5f5",
    surface="#ffffff",
    panel="#e4e9eb",
    success="#2b6a28",
    warning="#835300",
    error="#ad241c",
    dark=False,
    variables={
        "border": "#17706a",
        "border-blurred": "#b4bfc4",
        "input-selection-background": "#17706a 30%",
        "block-cursor-background": "#17706a",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "scrollbar": "#b4bfc4",
        "scrollbar-hover": "#8f9da4",
        "scrollbar-active": "#17706a",
        "scrollbar-background": "#ffffff",
        "scrollbar-background-hover": "#ffffff",
        "scrollbar-background-active": "#ffffff",
        "scrollbar-corner-color": "#ffffff",
    },
)
"""For a bright room, a projector, a page of a book."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a method is told from the others: with colour and without.

    Attributes:
        colour: ``#rrggbb``, legible on what is behind it now.
        marker: one cell.
    """

    colour: str
    marker: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour as plotext takes it."""
        value = int(self.colour[1:], 16)
        return value >> 16, value >> 8 & 255, value & 255


QUIET: Final = "$foreground 70%"
"""The style of what is said in a low voice: still 4.5 to 1 on either theme."""


@dataclass(frozen=True, slots=True)
class Inks:
    """Colours of what is drawn rather than styled by CSS.

    Attributes:
        title: of headings in a text; quiet: of what is said in a low voice.
        bad: of what is lost; fair: of what was made good.
        methods: by method; others: for those beyond, as many as there are markers for them.
        phases: of a request, by the waterfall's names for them; CSS has them as ``$phase-…``.
    """

    title: str
    quiet: str
    bad: str
    fair: str
    methods: dict[str, str]
    others: tuple[str, ...]
    phases: dict[str, str]


_DARK: Final = Inks(
    "#6cb6b0",
    "#9da5ab",
    "#e0796f",
    "#e2b26b",
    {"sequential": "#7aa2d8", "threads": "#dd9a4b", "asyncio": "#57b894"},
    ("#c183c9", "#c9b458", "#dc8fa5", "#b4bcc4"),
    {
        "connecting": "#b292d6",
        "waiting": "#6f9fd0",
        "body": "#62c39b",
        "keeping": "#9cc46a",
        "retry": "#e2915a",
    },
)
_LIGHT: Final = Inks(
    "#17706a",
    "#5a656b",
    "#ad241c",
    "#835300",
    {"sequential": "#2f69ad", "threads": "#99500e", "asyncio": "#17755a"},
    ("#8a3f95", "#6d6412", "#a33560", "#4c5963"),
    {
        "connecting": "#7a4fae",
        "waiting": "#2f69ad",
        "body": "#17755a",
        "keeping": "#4d7412",
        "retry": "#a8500f",
    },
)
_MARKERS: Final = {"sequential": "●", "threads": "▲", "asyncio": "■"}
_OTHER_MARKERS: Final = ("◆", "▼", "◄", "◊")


class _Ground:
    """What is behind everything. The application has but one."""

    inks = _DARK


def use_inks(*, dark: bool) -> None:
    """Draw for a dark background from now on, or for a light one."""
    _Ground.inks = _DARK if dark else _LIGHT


def inks() -> Inks:
    """The colours for what is behind them now."""
    return _Ground.inks


def variables(*, dark: bool) -> dict[str, str]:
    """What the style sheets need besides Textual's own: a colour for each phase."""
    use_inks(dark=dark)
    return {f"phase-{name}": colour for name, colour in inks().phases.items()}


def look_of(method: str) -> Look:
    """The look of a method; beyond the usual ones four differ, then they share."""
    if method in _MARKERS:
        return Look(_Ground.inks.methods[method], _MARKERS[method])
    place = place_among_others(method) % len(_OTHER_MARKERS)
    return Look(_Ground.inks.others[place], _OTHER_MARKERS[place])
