"""The invented texts of an assessment: HTML that is like the real thing in form only.

The sentences are ours and say nothing true of anything. They carry what makes real ones awkward:
markup, entities, line breaks, quotes, accents, other scripts.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from .hashing import Dice
from .names import PLACES, SURNAMES
from .tables import section

_SUBJECTS, _PREDICATES = section("subjects"), section("predicates")
_TAILS: Final = (".", ".", "; more is not known.", " ({who} &amp; {other} {year}).")
_POOL: Final = 160  # sentences made for a seed
_SENTENCE_BYTES: Final = 95  # about how long one is
_LONGEST_PARAGRAPH: Final = 7  # sentences

_TEXTS: Final = {
    "range": (0.1, 2), "population": (0.13, 2), "habitats": (0.2, 2), "threats": (0.27, 2),
    "measures": (0.14, 10), "use_trade": (0.02, 55), "rationale": (0.09, 2),
    "trend_justification": (0.02, 75), "taxonomic_notes": (0.03, 50),
}  # fmt: skip
"""The texts in the API's order: each one's share of the whole, and the percent that lack it."""


def documentation(dice: Dice, name: str, size_bytes: int) -> dict[str, str | None]:
    """The nine texts of an assessment, together of about *size_bytes*; some are None."""
    return {
        topic: None if dice.chance(missing) else text(dice, name, round(size_bytes * share))
        for topic, (share, missing) in _TEXTS.items()
    }


def text(dice: Dice, name: str, size_bytes: int) -> str:
    """A text of about *size_bytes* about the taxon *name*."""
    pool, number = sentences(dice.seed), max(1, size_bytes // _SENTENCE_BYTES)
    paragraphs: list[str] = []
    while number > 0:
        here = min(number, 2 + dice.below(_LONGEST_PARAGRAPH - 1))
        start = dice.below(_POOL - here)
        paragraphs.append(" ".join(pool[start : start + here]))
        number -= here
    style = dice.below(4)
    if style == 0:
        joined = "<br/><br/>".join(paragraphs)
    elif style == 1:
        joined = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    elif style == 2:
        items = (f"<li><strong>{dice.pick(PLACES)}</strong>:&#160;{one}</li>" for one in paragraphs)
        joined = f"<p>Sites:</p>\r\n<ol>{''.join(items)}</ol>"
    else:
        joined = " ".join(paragraphs)
    return joined.replace("{name}", name)


@cache
def sentences(seed: int) -> tuple[str, ...]:
    """The sentences of a seed; ``{name}`` stands for the taxon's name."""
    return tuple(_sentence(Dice(seed, "prose", number)) for number in range(_POOL))


def _sentence(dice: Dice) -> str:
    pattern = f"{dice.pick(_SUBJECTS)} {dice.pick(_PREDICATES)}{dice.pick(_TAILS)}"
    return pattern.format(
        name="{name}",
        place=dice.pick(PLACES),
        other=dice.pick(PLACES),
        who=dice.pick(SURNAMES),
        year=1950 + dice.below(75),
        n=10 * dice.below(9000) + 40,
        m=dice.below(2400) + 12,
        p=dice.below(80) + 4,
    )
