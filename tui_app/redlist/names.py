"""Scientific names as people's lists hold them, and as the API is asked for them.

:func:`parse_name` is predictable rather than clever. It takes the first column of a line, its
first word as the genus, the next as the epithet (a subgenus in brackets is passed over), and of
the rest only what the API can be asked for:

- the epithet behind a rank marker (``ssp.``, ``var.``, ``f.`` …, the last one if there are
  several), also behind authors: ``Abies alba Mill. var. alba``;
- without a marker, a third word in lower case: ``Canis lupus chanco``. A capital makes it an
  author, unless the epithet has capitals too (``CANIS LUPUS CHANCO``) and no year follows; words
  such as ``de``, ``von`` or ``ex`` begin an author in any case;
- everything behind the epithet where the last word is ``subpopulation``, ``population`` or
  ``stock``, in brackets or not.

Open nomenclature (``sp.``, ``cf.``), hybrids and cultivars are refused with a reason: which taxon
was meant is for the list's author to say, and the Red List assesses no crosses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from .operations import Params
from .text import (
    LONGEST_LINE,
    bare,
    first_column,
    is_latin,
    too_long,
    without_brackets,
    without_markup,
    words_of,
)

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


NAME_PARTS: Final = ("genus_name", "species_name", "infra_name", "subpopulation_name")
"""The parts of a name, as the API calls them."""

HYBRID: Final = "a hybrid: the Red List assesses species"


@dataclass(frozen=True, slots=True)
class Name:
    """The scientific name of a species, or of a taxon below it."""

    genus: str
    species: str  # the epithet
    infra: str | None = None  # chanco of Canis lupus chanco
    subpopulation: str | None = None  # Nigerian subpopulation
    # how infra's rank is abbreviated; the API isn't asked for it
    rank: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """The name as IUCN writes it; ``ssp.`` stands for a rank that nobody said."""
        parts = [self.genus, self.species]
        if self.infra:
            parts += [self.rank or "ssp.", self.infra]
        if self.subpopulation:
            odd = set(",()").intersection(self.subpopulation)
            parts.append(f"({self.subpopulation})" if odd else self.subpopulation)
        return " ".join(parts)

    @property
    def params(self) -> Params:
        """Query parameters of ``taxa/scientific_name``."""
        values = self.genus, self.species, self.infra, self.subpopulation
        return tuple((name, value) for name, value in zip(NAME_PARTS, values, strict=True) if value)

    @property
    def below(self) -> tuple[bool, bool]:
        """Whether the taxon is below a species, and whether it is a subpopulation: its rank."""
        return bool(self.infra), bool(self.subpopulation)

    @property
    def key(self) -> str:
        """Alike for names that differ in case, marks on letters or the rank marker alone."""
        below = (self.infra or "", self.subpopulation or "")
        return bare(" ".join((self.genus, self.species, *below)))


def parse_name(text: str) -> Name:
    """Read a scientific name; else a ValueError says why, in a few words: ``a genus alone``."""
    if (clean := CLEAN.fullmatch(text)) and not stands_for_else(clean[2]):
        return Name(clean[1], clean[2])
    if too_long(text):
        raise ValueError(f"longer than {LONGEST_LINE} characters")
    column, behind = first_column(without_markup(text))
    if not any(map(str.isalpha, column)):
        if any(map(str.isdigit, column)):
            raise ValueError("a number, not a name; ids go with the operation assessments")
        raise ValueError("no letters")
    genus, epithet, rest = _binomial(GLUED.sub(r"\g<0> ", column).split())
    population, rest = _subpopulation(rest, behind)
    rest = rest[: next((at for at, word in enumerate(rest) if word in APART), None)]
    _refuse(rest)
    rank, infra = _infra(without_brackets(" ".join(rest)).split(), epithet)
    return Name(genus, epithet.lower(), infra, population, rank)


def _binomial(words: list[str]) -> tuple[str, str, list[str]]:
    """Genus, epithet (in its own case) and the words behind them."""
    genus, words = words[0], _without_subgenus(words[1:])
    if genus.lower().rstrip(".") in ("cf", "cfr", "aff"):
        raise ValueError(f"not certain ({genus})")
    if genus in ("x", "X") or genus.startswith("×"):
        raise ValueError(HYBRID)
    if not words:
        raise ValueError(_of_one_word(genus.rstrip(".:")))
    if len(genus) == 1 or genus.endswith("."):
        raise ValueError(f"an abbreviated genus ({_short(genus)})")
    if not is_word(genus):
        raise ValueError(_not_a("genus", genus))
    epithet, rest = words[0].rstrip(":"), [] if words[0].endswith(":") else words[1:]
    _check_epithet(epithet, rest)
    epithet = epithet.rstrip(".")
    if not is_word(epithet):
        raise ValueError(_not_a("epithet", epithet))
    return genus.capitalize(), epithet, rest


def _without_subgenus(words: list[str]) -> list[str]:
    if words and words[0].startswith("("):
        end = next((at for at, word in enumerate(words) if word.endswith(")")), len(words))
        return words[end + 1 :]
    return words[2:] if words and words[0].lower() in SUBGENUS else words


def _of_one_word(word: str) -> str:
    if not is_word(word):
        return _not_a("name", word)
    family = word.lower().endswith(("idae", "aceae"))
    one = "a family, not a species" if family else "a genus alone"
    return "no name" if word.lower() in NOTHING else one


def _check_epithet(word: str, rest: list[str]) -> None:
    """Find out what stands in an epithet's place, if it is something else."""
    low = word.lower().rstrip(".")
    if any(map(UNNAMED.fullmatch, (word, low))) or low in RANKS or POPULATION.fullmatch(low):
        raise ValueError(f"species unnamed ({_short(word)})")
    if low in UNSURE or word.startswith("?") or word.endswith("?"):
        raise ValueError(f"not certain ({_short(word)})")
    if word in ("x", "X") or word.startswith("×"):
        raise ValueError(HYBRID)
    capital = word[:1].isupper() and not word.isupper()
    initials = word[:1].isupper() and "." in word
    author = capital and bool(rest) and AUTHOR_GOES_ON.fullmatch(rest[0])
    if low in NOT_EPITHETS or low in AUTHORS or initials or author:
        raise ValueError("a genus alone")
    if word.endswith(".") and rest:
        raise ValueError(f"an abbreviated epithet ({_short(word)})")


def _subpopulation(rest: list[str], behind: str) -> tuple[str | None, list[str]]:
    """The subpopulation in the words behind a binomial, or None, and the words without it."""
    text = " ".join(rest)
    brackets = _bracketed_population(text)
    second = re.split(r"[,;|\t]", behind)[0].split()
    if brackets is not None:
        found, rest = text[brackets + 1 :].removesuffix(")").split(), text[:brackets].split()
    elif rest and POPULATION.fullmatch(rest[-1]):
        ranked = 2 if rest[0].lower().rstrip(".") in RANKS and len(rest) > 3 else 0
        found, rest = without_brackets(" ".join(rest[ranked:])).split(), rest[:ranked]
    elif len(second) > 1 and POPULATION_APART.fullmatch(second[-1]):
        found = second
    elif any(word.lower() == "subpopulation" for word in rest):  # before its name: no author's
        raise ValueError("a subpopulation that can't be read")
    else:
        return None, rest
    if not any(map(str.isalnum, "".join(found[:-1]))):
        raise ValueError("a subpopulation without a name")
    name = " ".join(found)
    odd = not POPULATION_SIGNS.fullmatch(name) or not POPULATION.fullmatch(found[-1])
    if odd or found[0].lower().partition(".")[0] in RANKS:
        raise ValueError("a subpopulation that can't be read")
    if name.isupper():
        found = [word.capitalize() for word in found]
    return " ".join([*found[:-1], found[-1].lower()]), rest


def _bracketed_population(text: str) -> int | None:
    """Where the brackets around a subpopulation begin, if a text ends in such."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if depth <= 0:
            inner = text[at:].strip("( )").split()
            ends = bool(inner) and POPULATION.fullmatch(inner[-1])
            return at if ends and text[at] == "(" else None
    return None


def _refuse(rest: list[str]) -> None:
    for at, word in enumerate(rest):
        low = word.lower().rstrip(".")
        if low in ("cf", "cfr", "aff") or word.endswith("?"):
            raise ValueError(f"not certain ({_short(word)})")
        crossed = word == "X" and "".join(rest[at + 1 : at + 2]).islower()
        if word == "x" or crossed or word.startswith("×"):
            raise ValueError(HYBRID)
        # An author may begin with an apostrophe ('t Hart); a cultivar has one at its end, too.
        quoted = word.startswith("'") and any(other.endswith("'") for other in rest[at:])
        if low == "cv" or quoted:
            raise ValueError("a cultivar, not a species")


def _infra(words: list[str], epithet: str) -> tuple[str, str | None]:
    """Rank marker and infra name among the words behind a binomial."""
    loud = epithet[:1].isupper()
    found: tuple[str, str | None] = ("", None)
    for at, (word, following) in enumerate(zip_longest(words, words[1:], fillvalue="")):
        rank = RANKS.get(word.lower().rstrip("."))
        if rank is None or (word[0].isupper() and not loud and at):
            continue
        last = at + 2 == len(words)
        # Behind "f." a capital is an author's: Hook. f. Thomson.
        capital = following[:1].isupper() and not loud and (at > 0 or rank == "f.")
        if name := None if capital else _epithet(following, last=last):
            found = rank, name
        elif at == 0:
            raise ValueError(f"the taxon below the species is unnamed ({word})")
    if found[1] is not None or not words:
        return found
    first, following = words[0], words[1] if len(words) > 1 else ""
    if first[:1].isupper():
        same = first.isupper() if epithet.isupper() else first.istitle()
        author = bare(first) in AUTHORS or AUTHOR_GOES_ON.fullmatch(following)
        if not loud or not same or author or len(first) < 3:
            return found
    if first[1:] != first[1:].lower() and not first.isupper():  # d'Orbigny
        return found
    return "", _epithet(first, last=not following)


def _epithet(word: str, *, last: bool) -> str | None:
    """A word as an infra name, or None; a dot ends a line, but abbreviates any other word."""
    word = word.rstrip(".:" if last else ":").lower()
    other = word in NOT_EPITHETS or word in RANKS or POPULATION.fullmatch(word)
    return word if is_word(word) and not other else None


def _not_a(what: str, word: str) -> str:
    if not is_latin(word):
        return "not in Latin letters"
    return f"'{_short(word)}' is not a valid {what}"


def _short(word: str) -> str:
    return word if len(word) <= 30 else f"{word[:29]}…"
