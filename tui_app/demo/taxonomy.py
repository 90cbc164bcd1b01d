"""Real names of higher ranks, and how many taxa the demo catalogue has in each family.

The names of kingdoms, phyla, classes, orders and families are facts of taxonomy; the numbers
only resemble the size of each family on the Red List.  Genera and species are invented
(:mod:`tui_app.demo.names`).

In ``taxonomy.txt`` a paragraph is one class: ``KINGDOM PHYLUM CLASS systems history threat`` and,
below it, one order a line: ``ORDER FAMILY number[@systems[:history]] …``.  Systems are letters of
T (land), F (fresh water), M (sea); with several, a taxon lives in one of them or in more.
*history* names how many assessments a taxon has (:data:`tui_app.demo.structure.HISTORIES`),
*threat* how threatened its members are (:data:`tui_app.demo.columns.THREAT_PROFILES`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TABLE: Final = Path(__file__).with_name("taxonomy.txt")

RANKS: Final = ("kingdom", "phylum", "class", "order", "family")
"""The ranks that the API lists, from the widest to the narrowest."""


@dataclass(frozen=True, slots=True)
class Family:
    """One family of the catalogue.

    Attributes:
        lineage: its kingdom, phylum, class, order and its own name, in capitals.
        size: how many taxa it has, infraranks and subpopulations among them.
        systems: letters of T, F and M: where its members live.
        history: how many assessments they have; a key of ``structure.HISTORIES``.
        threat: how threatened they are; a key of ``columns.THREAT_PROFILES``.
    """

    lineage: tuple[str, str, str, str, str]
    size: int
    systems: str
    history: str
    threat: str


def read_families() -> tuple[Family, ...]:
    """All families, in the catalogue's order: those of a higher rank stand together."""
    found: list[Family] = []
    for paragraph in _TABLE.read_text("ascii").strip().split("\n\n"):
        head, *orders = paragraph.split("\n")
        kingdom, phylum, klass, systems, history, threat = head.split()
        for line in orders:
            order, *words = line.split()
            for name, number in zip(words[::2], words[1::2], strict=True):
                size, _, own = number.partition("@")
                where, _, past = own.partition(":")
                lineage = (kingdom, phylum, klass, order, name)
                found.append(Family(lineage, int(size), where or systems, past or history, threat))
    return tuple(found)
