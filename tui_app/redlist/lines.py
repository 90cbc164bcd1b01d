"""Lines of a file of names or ids: what each asks for, or why it asks for nothing."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from .names import parse_name
from .operations import ASSESSMENT, OPERATIONS
from .spelling import first_column, line_text, plain, too_long, words_of
from .target import Target

SCIENTIFIC_NAME: Final = next(one for one in OPERATIONS if one.path == "taxa/scientific_name")
"""The operation that finds a taxon by its name."""

HEADING: Final = "a column heading"
MOST_DIGITS: Final = 18
"""Digits that an id may have: more would be no 64-bit number."""

_HEADINGS: Final = words_of(
    "acceptedname assessment assessmentid assessmentids assessments binomial binomialname "
    "canonicalname genus genusspecies id ids latinname name names sciname scientificname "
    "scientificnames species speciesname taxa taxon taxonname taxonscientificname"
)
_URL: Final = re.compile(r"(?i)https?://\S+|(?:www\.)?(?:\w+\.)?iucnredlist\.org/\S+")
_TAXON_URL: Final = re.compile(r"(?i)(?:/species/|/sis/)\d+$")
_CITED: Final = re.compile(r"\bT\d+A(\d+)")
_PATH: Final = re.compile(r"(?i)/?(?:api/v4/)?assessments?/(.*)")
_SEPARATED: Final = re.compile(r"\d{1,3}(?:,\d{3})+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file of names or ids.

    Attributes:
        number: its place in the file, from 1; blank lines and comments count, too.
        text: the line, without its end and without control characters; at most 300 characters,
            of which the last is ``…`` where it was longer. Read again it gives the same line.
        target: what is asked for; None where the line is malformed.
        problem: why it is malformed, else empty.
        same_as: number of the first line that asks for the same, or None if this one is.
    """

    number: int
    text: str
    target: Target | None
    problem: str = ""
    same_as: int | None = None


def read_names(lines: Iterable[str]) -> tuple[Line, ...]:
    """Read lines with a scientific name each (:func:`~tui_app.redlist.names.parse_name`).

    Blank lines and those that begin with ``#`` are passed over.
    """
    return _read(lines, lambda text: Target(SCIENTIFIC_NAME, None, parse_name(text).params))


def read_ids(lines: Iterable[str]) -> tuple[Line, ...]:
    """Read lines with an assessment's id each (:func:`parse_id`).

    Blank lines and those that begin with ``#`` are passed over.
    """
    return _read(lines, lambda text: Target(ASSESSMENT, str(parse_id(text))))


def parse_id(text: str) -> int:
    """Read an assessment's id: a number, ``assessment/123``, or an address or citation with one.

    Only the first column counts; ``# …`` behind it is a comment.

    Raises:
        ValueError: there is none; says why in a few words.
    """
    if too_long(text):
        raise ValueError("too long for an id")
    text = re.sub(r"\s#.*", "", plain(text))
    if _SEPARATED.fullmatch(text.strip("\"' ")):
        raise ValueError("a number with commas; write it without")
    column, _ = first_column(text.replace("\t", ";"))
    column = column.strip("' ")
    if cited := _CITED.search(column):
        column = cited[1]
    elif _URL.fullmatch(column):
        address = re.split(r"[?#]", column)[0].rstrip("/")
        if _TAXON_URL.search(address):
            raise ValueError("a taxon's address, without an assessment's id")
        column = address.rpartition("/")[2]
    elif path := _PATH.fullmatch(column):
        column = path[1].rstrip("/")
    return _number(column)


def text_of(raw: bytes) -> str:
    """The text of a file, as people's programs write it.

    UTF-8, UTF-16 (as spreadsheets save "Unicode text"), else Windows' Western European.

    Raises:
        ValueError: it is no text.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in raw:
            raise ValueError("no text") from None
        return raw.decode("cp1252", errors="replace")


def label_of(lines: Iterable[Line]) -> str:
    """How many lines of what: ``50 names``, ``1 id``."""
    lines = tuple(lines)
    target = next((line.target for line in lines if line.target is not None), None)
    what = "line" if target is None else "id" if target.operation is ASSESSMENT else "name"
    return f"{len(lines):,} {what}{'' if len(lines) == 1 else 's'}"


def _read(lines: Iterable[str], read: Callable[[str], Target]) -> tuple[Line, ...]:
    found: list[Line] = []
    first: dict[Target, int] = {}
    for number, line in enumerate(lines, 1):
        text = line_text(line)
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        if _is_heading(text):
            found.append(Line(number, text, None, HEADING))
            continue
        try:
            target = read(text)
        except ValueError as problem:
            found.append(Line(number, text, None, str(problem)))
            continue
        earlier = first.setdefault(target, number)
        found.append(Line(number, text, target, same_as=earlier if earlier < number else None))
    return tuple(found)


def _is_heading(text: str) -> bool:
    column = re.split(r"[,;|\t]", text)[0]
    return re.sub(r"[\s_.\"'-]", "", column.lower()) in _HEADINGS


def _number(text: str) -> int:
    digits = text.removeprefix("+")
    if not digits:
        raise ValueError("no number")
    if digits.startswith("-") and digits[1:].isdecimal():
        raise ValueError("a negative number")
    if re.fullmatch(r"\d+[.]\d*|\d*[.]\d+", digits):
        raise ValueError("a decimal number; ids are whole")
    if not (digits.isascii() and digits.isdecimal()):
        has_letters = any(map(str.isalpha, digits))
        raise ValueError("not a number" + ("; names go with `species --names`" * has_letters))
    digits = digits.lstrip("0")
    if not digits:
        raise ValueError("0 is no id")
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"more than {MOST_DIGITS} digits")
    return int(digits)
