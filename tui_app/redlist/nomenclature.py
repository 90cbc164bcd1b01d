"""What words of a scientific name, and those around it, stand for."""

from __future__ import annotations

import re
from typing import Final

from .spelling import is_latin, words_of

RANKS: Final = {
    **dict.fromkeys(("ssp", "subsp", "subspecies", "subspec"), "ssp."),
    **dict.fromkeys(("var", "variety", "varietas"), "var."),
    **dict.fromkeys(("f", "fo", "forma", "form"), "f."),
    "subvar": "subvar.",
    "subf": "subf.",
}
"""Rank markers as people write them, without the dot, and as IUCN does."""

# "Burm.f." is an author: a short f. is a marker only at the beginning of a word.
GLUED: Final = re.compile(
    r"(?<!\w)(?:(?i:subsp|ssp|var|subvar|subf|fo)\.(?=[^\W\d_]{3})|f\.(?=[a-z]{3}))"
)
# Nearly all lines; to read them in full takes six times as long.
CLEAN: Final = re.compile(r"([A-Z][a-z]{3,40}) ([a-z]{3,40})")
UNNAMED: Final = re.compile(
    r"(?i)(?:n\.?)?(?:spp?|ssp)(?:[.\d].*)?|spec\.?|species|indet\.?|undet\.?|unid\.?|n\.|nov\.?"
)
UNSURE: Final = words_of("cf cfr aff nr near prope")
SUBGENUS: Final = words_of("subg. subgen. sect.")
POPULATION: Final = re.compile(r"(?i)(?:sub-?)?populations?|stocks?")
# In a second column "population" may well be a trend: "decreasing population".
POPULATION_APART: Final = re.compile(r"(?i)sub-?populations?|stocks?")
POPULATION_SIGNS: Final = re.compile(r"(?:[\w ,.'/-]|& |\([\w ,.'/-]*\))+")
APART: Final = words_of("- -- / = : + ->")
# What follows an author, and never an epithet.
AUTHOR_GOES_ON: Final = re.compile(r"\(?(?:1[5-9]|20)\d\d\b.*|&|et|and|ex|in")
NOT_EPITHETS: Final = words_of(
    # what stands before or between authors' names
    "de del della der des den di do dos du da das la le les ten ter te tot van von vom zu zum zur "
    "af av bin ibn ben al el et and und ex in apud fide auct non nec not sensu emend hort pro "
    # remarks
    "sp spp cf cfr aff cv nov comb nom syn agg aggregate complex group grp indet or oder vs "
    "lato stricto"
)
AUTHORS: Final = words_of("linnaeus linne linn l")
NOTHING: Final = words_of("na nan none null unknown unidentified")


def stands_for_else(word: str) -> bool:
    """Whether a word in lower case stands for something else than an epithet."""
    other = word in NOT_EPITHETS or word in RANKS or word in UNSURE or word in AUTHORS
    return other or bool(UNNAMED.fullmatch(word) or POPULATION.fullmatch(word))


def is_word(word: str) -> bool:
    """Whether a word can be part of a name: Latin letters, two or more, with ``-`` or ``'``."""
    low = word.capitalize() + word.lower()
    letters = low.replace("-", "").replace("'", "")
    inside = not word.startswith(("-", "'")) and not word.endswith(("-", "'"))
    return len(letters) > 3 and letters.isalpha() and inside and is_latin(letters)
