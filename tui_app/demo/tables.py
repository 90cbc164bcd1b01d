"""What the demo's data files hold, read into records.

The names of higher ranks are real: see :func:`tui_app.redlist.codes.taxonomy`, whose file also has
what the demo needs of a class (systems, history, threat) and of a family
(``number[@systems[:history]]``; the number of taxa resembles its size on the Red List). Systems are
letters of T (land), F (fresh water) and M (sea). ``tables.txt`` has everything else, in sections:
genera, epithets, people and places are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tui_app.redlist.codes import taxonomy

UNDATED: Final = 9
"""The age of an assessment without a year."""

BREADTHS: Final = (1, 1, 1, 2, 3, 5, 9, 16)
"""Countries of a taxon of each breadth, at most."""


_BLOCKS: Final = (
    block.split("\n")
    for block in Path(__file__).with_name("tables.txt").read_text("utf-8").strip().split("\n\n")
)
SECTIONS: Final = {head.strip("[]"): rows for head, *rows in _BLOCKS}
"""The lines of each section of ``tables.txt``."""


def words(name: str) -> tuple[str, ...]:
    """The words of a section; an underscore in a word stands for a blank."""
    return blanks(" ".join(SECTIONS[name]))


@cache
def lines(name: str) -> dict[str, str]:
    """The lines ``key: text`` of a section."""
    pairs = (line.partition(":") for line in SECTIONS[name])
    return {key: text.strip() for key, _, text in pairs}


def shares(name: str) -> dict[str, dict[str, float]]:
    """The lines ``key: value percent value percent …`` of a section."""
    split = {key: text.split() for key, text in lines(name).items()}
    return {k: dict(zip(v[::2], map(float, v[1::2]), strict=True)) for k, v in split.items()}


def blanks(text: str) -> tuple[str, ...]:
    """The words of a text; an underscore in a word stands for a blank."""
    return tuple(word.replace("_", " ") for word in text.split())


class Family(NamedTuple):
    """One family of the catalogue."""

    lineage: tuple[str, ...]  # kingdom, phylum, class, order and its own name, in capitals
    size: int  # how many taxa it has, infraranks and subpopulations among them
    systems: str  # letters of T, F and M: where its members live
    history: str  # how many assessments they have; a key of the section ``histories``
    threat: str  # how threatened they are; a key of the section ``categories``


def families() -> list[Family]:
    """All families in the catalogue's order: those of a higher rank stand together."""
    found: list[Family] = []
    for lineage, (systems, history, threat), number in taxonomy():
        size, _, own = number.partition("@")
        where, _, past = own.partition(":")
        found.append(Family(lineage, int(size), where or systems, past or history, threat))
    return found


class Slot(NamedTuple):
    """What is settled about an assessment by its place in its taxon's history."""

    scopes: tuple[str, ...]  # their codes
    latest: bool  # whether it is the latest of its scopes
    age: int  # 0 for the newest, more for older ones; -1 where there is no other


def _slot(line: str) -> Slot:
    scopes, latest, age = line.split("|")
    return Slot(tuple(scopes.split()), bool(latest), int(age))


SLOTS: Final = tuple(map(_slot, SECTIONS["slots"]))
"""Every kind of place in a history."""


class Pattern(NamedTuple):
    """The history of a taxon."""

    slots: tuple[int, ...]  # numbers of its assessments' slots, the oldest first
    tag: str  # the part of the world where such a taxon must live; empty for any
    best: int  # the place of the one that stands for it: latest Global, else latest, else newest


def _pattern(line: str) -> Pattern:
    text, _, tag = line.partition("|")
    slots = tuple(map(int, text.split()))
    ranked = [
        (SLOTS[slot].latest, "1" in SLOTS[slot].scopes, -SLOTS[slot].age, place)
        for place, slot in enumerate(slots)
    ]
    return Pattern(slots, tag, max(ranked)[-1])


PATTERNS: Final = tuple(map(_pattern, SECTIONS["patterns"]))


class Cluster(NamedTuple):
    """A home country and its region."""

    countries: tuple[str, ...]  # codes of the home country and its neighbours, the nearest first
    realms: list[str]  # codes of the region's biogeographical realms, the main one first
    seas: list[str]  # codes of the FAO areas around it
    tag: str  # the part of the world, for the scopes of regional assessments


def _clusters() -> Iterator[Cluster]:
    # region|realms|FAO areas|tag|countries, each with *N where it is the home of N clusters
    for line in SECTIONS["regions"]:
        _, realms, seas, tag, places = line.split("|")
        pairs = [place.partition("*") for place in places.split()]
        around = [code for code, _, _ in pairs]
        for home, (_, _, number) in enumerate(pairs):
            near = tuple(around[home:] + around[:home])[: BREADTHS[-1]]
            yield from [Cluster(near, realms.split(","), seas.split(","), tag)] * int(number or 0)


CLUSTERS: Final = tuple(_clusters())
"""All clusters (at most 256); a country with many species is home to several."""
