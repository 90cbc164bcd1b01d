"""What an answer says of a taxon."""

from __future__ import annotations

from typing import Final

from .decode import Record, objects

ENGLISH: Final = "eng"
"""English in the API's lists of common names (ISO 639-2)."""


def taxon_of(answer: Record) -> Record:
    """The taxon of an answer or of a full assessment; empty where it has none."""
    taxon = answer.get("taxon")
    return taxon if isinstance(taxon, dict) else {}


def common_name(taxon: Record) -> str | None:
    """The main English name of a taxon, else its first English one, else its first main one."""
    names = [one for one in objects(taxon.get("common_names")) if isinstance(one.get("name"), str)]
    english = [one for one in names if one.get("language") == ENGLISH]
    main = [one for one in names if one.get("main") is True]
    best = [one for one in english if one in main] or english or main
    return best[0]["name"] if best else None
