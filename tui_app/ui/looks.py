"""Colours and marks: the theme, and what each method looks like in every panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.theme import Theme

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
"""Calm and dark; the palette's Theme command offers Textual's own."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a method is told from the others: with colour and without.

    Attributes:
        colour: ``#rrggbb``, legible on dark and on light.
        marker: one cell.
    """

    colour: str
    marker: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour as plotext takes it."""
        value = int(self.colour[1:], 16)
        return value >> 16, value >> 8 & 255, value & 255


_LOOKS: Final = {
    "sequential": Look("#7aa2d8", "●"),
    "threads": Look("#dd9a4b", "▲"),
    "asyncio": Look("#57b894", "■"),
}
_OTHERS: Final = (Look("#c183c9", "◆"), Look("#c9b458", "▼"))


def look_of(method: str) -> Look:
    """The look of a method; methods that came later share what is left."""
    return _LOOKS.get(method) or _OTHERS[sum(map(ord, method)) % len(_OTHERS)]
