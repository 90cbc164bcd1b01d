"""The classification: what a code means, what stands above it, which codes are like it.

:func:`built_in` is what the code lists said when they were recorded. A server's own list, where
there is one, knows better; every function here takes either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from .operations import SEARCH_FILTERS, TAXON_RANKS

_FILE: Final = Path(__file__).with_name("classification.json")

STEP: Final = " › "
"""Stands between a description and the one below it."""

_LONGEST_CODE: Final = 40  # the longest known has 9 characters
_LONGEST_TEXT: Final = 100
_NO_TITLE: Final = "Unknown"

Codes = dict[str, str]
"""The titles of one scheme by their codes, in the API's order."""


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of a code list."""

    code: str  # what stands in a path: 8_1_2, MG, CR
    description: str  # its title in English


class _Classification(msgspec.Struct, frozen=True):
    schemes: dict[str, Codes]
    categories: tuple[tuple[str | None, str, str], ...]
    groups: tuple[dict[str, str | bool | None], ...]


@cache
def _classification() -> _Classification:
    """The codes, titles and order of IUCN's classification schemes, as API v4 lists them.

    https://www.iucnredlist.org/resources/classification-schemes; the countries are ISO 3166's.
    """
    return msgspec.json.decode(_FILE.read_bytes(), type=_Classification)


def schemes() -> dict[str, Codes]:
    """Every scheme of plain codes by its path in the API."""
    return _classification().schemes


def categories() -> tuple[tuple[str | None, str, str], ...]:
    """Version, code and title of each Red List category, old ones among them."""
    return _classification().categories


@cache
def comprehensive_groups() -> dict[str, dict[str, str | bool | None]]:
    """The comprehensively assessed groups by name, each as the API describes it."""
    return {str(group["name"]): group for group in _classification().groups}


def taxonomy() -> Iterator[tuple[tuple[str, ...], tuple[str, ...], str]]:
    """Families with their lineage (one name a rank), and what the demo knows of class and family.

    From ``taxonomy.txt``: a class a paragraph, ``KINGDOM PHYLUM CLASS word word word``; below it an
    order a line, ``ORDER FAMILY word FAMILY word …``. An underscore in a name stands for a blank.
    The names are real, but not all that there are.
    """
    text = Path(__file__).with_name("taxonomy.txt").read_text("ascii")
    for paragraph in text.strip().split("\n\n"):
        head, *orders = paragraph.split("\n")
        kingdom, phylum, class_, *of_class = head.split()
        for line in orders:
            order, *pairs = line.split()
            for family, of_family in zip(pairs[::2], pairs[1::2], strict=True):
                names = (kingdom, phylum, class_, order, family)
                lineage = tuple(name.replace("_", " ") for name in names)
                yield lineage, tuple(of_class), of_family


@cache
def _taxa() -> dict[str, Codes]:
    """The names of each rank that are built in, in the order of the alphabet, by path."""
    ranks = zip(*(lineage for lineage, _, _ in taxonomy()), strict=True)
    return {
        f"taxa/{rank}": dict.fromkeys(sorted(set(names)), "")
        for rank, names in zip(TAXON_RANKS, ranks, strict=True)
    }


@cache
def built_in(stem: str) -> tuple[Code, ...]:
    """The codes of a code-list operation (``threats``, ``countries``) in the API's order.

    A category comes once, with the first title that says something. The codes of
    ``assessment_search`` are its filters. Names of taxa (``taxa/family``) have no title, and are
    not all of them: the server has more.
    """
    if stem == "red_list_categories":
        titles: Codes = {}
        for _, code, title in categories():
            if titles.get(code, _NO_TITLE) == _NO_TITLE:
                titles[code] = title
    elif stem == "comprehensive_groups":
        titles = {name: name.replace("_", " ") for name in comprehensive_groups()}
    elif stem == "assessment_search":
        titles = SEARCH_FILTERS
    else:
        titles = schemes().get(stem) or _taxa().get(stem, {})
    return tuple(Code(code, title) for code, title in titles.items())


def parents(code: str) -> tuple[str, ...]:
    """The codes above one, outermost first: ``8`` and ``8_1`` for ``8_1_2``."""
    steps = code.split("_")
    if len(code) > _LONGEST_CODE or not all(steps):
        return ()
    return tuple("_".join(steps[:end]) for end in range(1, len(steps)))


def below(code: str, stem_codes: Iterable[Code]) -> tuple[str, ...]:
    """The codes below one, in the list's order: ``5_1``, ``5_1_1``, ``5_2`` for ``5``."""
    begins = f"{code}_".casefold()
    return tuple(one.code for one in stem_codes if one.code.casefold().startswith(begins))


def full_description(code: str, table: Mapping[str, str], leaf: str | None = None) -> str:
    """A code's description after those of the codes above it; unknown ones are left out.

    ``Biological resource use › Logging & wood harvesting › Motivation Unknown/Unrecorded``. The
    table has the scheme's descriptions; *leaf*, the code's own as it arrived, goes before them.
    """
    titles = [table.get(above, "") for above in parents(code)]
    titles.append(leaf or table.get(code, ""))
    return STEP.join(title for title in titles if title)


def nearest(text: str, stem_codes: Iterable[Code], n: int = 3) -> tuple[Code, ...]:
    """The codes whose code, description or a word of it looks like ``text``, best first."""
    wanted = text.strip()[:_LONGEST_TEXT].lower()
    if not wanted:
        return ()
    # The matcher keeps what it learns of its second sequence: that is the text.
    matcher = SequenceMatcher(None, "", wanted, autojunk=False)
    scored = [(_likeness(matcher, wanted, one), one) for one in stem_codes]
    found = [pair for pair in scored if pair[0] > 0]
    return tuple(one for _, one in sorted(found, key=lambda pair: -pair[0])[:n])


def _likeness(matcher: SequenceMatcher[str], wanted: str, one: Code) -> float:
    code, title = (part[:_LONGEST_TEXT].lower() for part in (one.code, one.description))
    by_code = _ratio(matcher, code, 0.5)  # of two letters, one is right
    by_code += 0.05 * (by_code > 0 and wanted.startswith(code))  # USA: US before UA and SA
    if len(wanted) > 3 and wanted in title:
        by_word = 1.0
    else:
        words = (word.strip("(),") for word in title.split())
        near = (_ratio(matcher, word, 0.75) for word in words if len(word) > 3)
        by_word = max(near, default=0.0)
    return max(by_code, _ratio(matcher, title, 0.6), 0.9 * by_word)


def _ratio(matcher: SequenceMatcher[str], text: str, least: float) -> float:
    matcher.set_seq1(text)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= least else 0.0
