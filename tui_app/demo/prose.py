"""The invented documentation of an assessment: HTML that is like the real thing in form only.

The sentences are ours and say nothing true of anything.  They carry what makes real ones awkward:
markup, entities, line breaks, quotes, accents, other scripts.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from . import words
from .hashing import Dice

_SUBJECTS: Final = (
    "This invented taxon",
    "<em>{name}</em>",
    "The northern form",
    "A population near {place}",
    "The colony at {place}",
    "What used to be the largest group",
    "The form that {who} called \u201cthe quiet one\u201d",
)
_TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "range": (
        "is said to occur from {place} to {other} (c. {n} km&#178;)",
        "was last noted at {place}, {m} m above the sea, in {year}",
        "may reach {other}, though {who} ({year}) doubts it",
        "has an area of occupancy of {n} km<sup>2</sup>, give or take",
    ),
    "population": (
        "numbers some {n} mature individuals, of which {m} were counted in {year}",
        "is thought to have declined by {p}% over three generations",
        "holds fewer than {m} pairs; \u00abtrop peu\u00bb, wrote {who}",
        "is common where it is found at all",
    ),
    "habitats": (
        "keeps to damp places below {m} m, and to old walls",
        "feeds at night, 主に夜間に, on whatever {place} has to offer",
        "breeds from the {p}th day of the rains",
        "needs hollow wood, still water, or both",
    ),
    "threats": (
        "suffers from the widening of the road to {place}",
        "lost {p}% of its habitat to fields between {year} and today",
        "is taken for the markets of {other} (see {who} <em>et al.</em> {year})",
        "may fall ill from a fungus known so far only at {place}",
    ),
    "measures": (
        "is protected on paper since {year}",
        "occurs in the reserves of {place} and {other}",
        'would gain from surveys, "the sooner the better" ({who} in litt. {year})',
        "is bred in {p} collections",
    ),
    "use_trade": (
        "is eaten at {place} on feast days",
        "is sold in {other} at about {p} \u20ac a piece",
        "has no use that anybody knows of",
    ),
    "rationale": (
        "is listed so because its range of {n} km&#178; shrinks while nobody looks",
        "comes close to qualifying under criterion A2c",
        "would be listed higher if {place} were lost",
        "has been assessed by {who} with few data and much care",
    ),
    "trend_justification": (
        "was seen less often each year since {year}",
        "has been stable as far as {who} could tell",
    ),
    "taxonomic_notes": (
        "was split from its neighbour at {other} by {who} ({year})",
        "may be two species; М. Северный согласен",
        "includes what was once called <em>{name}</em> <strong>sensu lato</strong>",
    ),
}
_TAILS: Final = (
    ".",
    ".",
    ", as was to be expected.",
    "; more is not known.",
    " ({who} &amp; {who2} {year}).",
    " \u2013 or so it seems.",
)
_POOL: Final = 160  # sentences made for a topic
_SENTENCE_BYTES: Final = 95  # about how long one is
_SELDOM: Final = {"use_trade": 55, "trend_justification": 75, "taxonomic_notes": 50, "measures": 10}
TOPICS: Final = tuple(_TOPICS)
"""The texts of an assessment, in the API's order."""

_SHARES: Final = {
    "range": 0.1, "population": 0.13, "habitats": 0.2, "threats": 0.27, "measures": 0.14,
    "use_trade": 0.02, "rationale": 0.09, "trend_justification": 0.02, "taxonomic_notes": 0.03,
}  # fmt: skip


def documentation(dice: Dice, name: str, size_bytes: int) -> dict[str, str | None]:
    """The nine texts of an assessment, together of about *size_bytes*; some are None."""
    found: dict[str, str | None] = {}
    for topic, share in _SHARES.items():
        if dice.chance(_SELDOM.get(topic, 2)):
            found[topic] = None
        else:
            number = max(1, round(size_bytes * share / _SENTENCE_BYTES))
            found[topic] = _text(dice, topic, number).replace("{name}", name)
    return found


def _text(dice: Dice, topic: str, number: int) -> str:
    pool = sentences(dice.seed, topic)
    style = dice.below(4)
    if number == 1 or style == 0:
        return " ".join(dice.pick(pool) for _ in range(number))
    paragraphs = []
    while number > 0:
        here = min(number, 2 + dice.below(6))
        start = dice.below(_POOL - here)
        paragraphs.append(" ".join(pool[start : start + here]))
        number -= here
    if style == 1:
        return "<br/><br/>".join(paragraphs)
    if style == 2:
        return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    rest = "".join(
        f"<li><strong>{dice.pick(words.PLACES)}</strong>:&#160;{text}</li>"
        for text in paragraphs[1:]
    )
    return f"<p>{paragraphs[0]}</p>\r\n<ol>{rest}</ol>" if rest else f"<p>{paragraphs[0]}</p>"


@cache
def sentences(seed: int, topic: str) -> tuple[str, ...]:
    """The sentences about a topic; ``{name}`` stands for the taxon's name."""
    return tuple(_sentence(Dice(seed, "prose", topic, number), topic) for number in range(_POOL))


def _sentence(dice: Dice, topic: str) -> str:
    pattern = f"{dice.pick(_SUBJECTS)} {dice.pick(_TOPICS[topic])}{dice.pick(_TAILS)}"
    return pattern.format(
        name="{name}",
        place=dice.pick(words.PLACES),
        other=dice.pick(words.PLACES),
        who=dice.pick(words.SURNAMES),
        who2=dice.pick(words.SURNAMES),
        year=1950 + dice.below(75),
        n=10 * dice.below(9000) + 40,
        m=dice.below(2400) + 12,
        p=dice.below(80) + 4,
    )
