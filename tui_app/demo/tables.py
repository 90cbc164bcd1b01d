"""The tables that the catalogue is made from: families, regions, groups, syllables.

``taxonomy.txt`` has the real names of higher ranks, which are facts, and a number of taxa for each
family that resembles its size on the Red List. A paragraph is one class: ``KINGDOM PHYLUM CLASS
systems history threat`` and, below it, one order a line: ``ORDER FAMILY number[@systems[:history]]
…``. An underscore in a name stands for a blank. Systems are letters of T (land), F (fresh water)
and M (sea).

``words.txt`` has everything else, in sections. Genera, epithets, people and places are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_TAXONOMY: Final = Path(__file__).with_name("taxonomy.txt")
_WORDS: Final = Path(__file__).with_name("words.txt")

RANKS: Final = ("kingdom", "phylum", "class", "order", "family")
"""The ranks that the API lists, from the widest to the narrowest."""

COUNTRIES_BY_BREADTH: Final = (1, 1, 1, 2, 3, 5, 9, 16)
"""How many countries a taxon of each breadth lives in, at most."""

CLIMATES: Final = "tmac"
"""Tropical, temperate, arid, cold: the climates of the regions, by their letters."""


@dataclass(frozen=True, slots=True)
class Family:
    """One family of the catalogue.

    Attributes:
        lineage: its kingdom, phylum, class, order and its own name, in capitals.
        size: how many taxa it has, infraranks and subpopulations among them.
        systems: letters of T, F and M: where its members live.
        history: how many assessments they have; a key of ``catalogue.HISTORIES``.
        threat: how threatened they are; a key of ``catalogue.THREATS``.
    """

    lineage: tuple[str, str, str, str, str]
    size: int
    systems: str
    history: str
    threat: str


@cache
def families() -> tuple[Family, ...]:
    """All families in the catalogue's order: those of a higher rank stand together."""
    found: list[Family] = []
    for paragraph in _TAXONOMY.read_text("ascii").strip().split("\n\n"):
        head, *orders = paragraph.split("\n")
        kingdom, phylum, klass, systems, history, threat = head.split()
        for line in orders:
            order, *pairs = line.split()
            for name, number in zip(pairs[::2], pairs[1::2], strict=True):
                size, _, own = number.partition("@")
                where, _, past = own.partition(":")
                order_name, family_name = order.replace("_", " "), name.replace("_", " ")
                lineage = (kingdom, phylum, klass, order_name, family_name)
                found.append(Family(lineage, int(size), where or systems, past or history, threat))
    return tuple(found)


@cache
def _sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for block in _WORDS.read_text("utf-8").strip().split("\n\n"):
        head, *lines = block.split("\n")
        found[head.strip("[]")] = lines
    return found


def section(name: str) -> list[str]:
    """The lines of a section of ``words.txt``."""
    return _sections()[name]


def split(text: str) -> tuple[str, ...]:
    """The words of a text; an underscore in a word stands for a blank."""
    return tuple(word.replace("_", " ") for word in text.split())


@cache
def words(name: str) -> tuple[str, ...]:
    """The words of a section, over all of its lines."""
    return split(" ".join(section(name)))


@cache
def lines(name: str) -> dict[str, str]:
    """The lines ``key: text`` of a section."""
    pairs = (line.partition(":") for line in section(name))
    return {key: text.strip() for key, _, text in pairs}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A home country and its region.

    Attributes:
        countries: codes of the home country and of its neighbours, the nearest first.
        realms: codes of the region's biogeographical realms, the main one first.
        climate: index in :data:`CLIMATES`.
        faos: codes of the seas around it.
        tag: the part of the world, for the scopes of regional assessments.
    """

    countries: tuple[str, ...]
    realms: tuple[str, ...]
    climate: int
    faos: tuple[str, ...]
    tag: str


@cache
def clusters() -> tuple[Cluster, ...]:
    """All clusters (at most 256); a country with many species is home to several.

    A line is ``region|realms|climate|FAO areas|tag|countries``, a country with ``*N`` where it is
    the home of N clusters.
    """
    found: list[Cluster] = []
    for line in section("regions"):
        _, realms, climate, faos, tag, places = line.split("|")
        pairs = [place.partition("*") for place in places.split()]
        around = [code for code, _, _ in pairs]
        for home, (_, _, number) in enumerate(pairs):
            near = tuple(around[home:] + around[:home])[: COUNTRIES_BY_BREADTH[-1]]
            cluster = Cluster(
                near,
                tuple(realms.split(",")),
                CLIMATES.index(climate),
                tuple(faos.split(",")),
                tag,
            )
            found.extend([cluster] * int(number or 0))
    return tuple(found)
