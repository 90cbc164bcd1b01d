"""A file of names or ids: what each line asks for, and what became of it."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import reduce
from operator import or_
from typing import Any, Final, Literal

from .decode import Record, objects
from .names import CLEAN, NAME_PARTS, Name, parse_name
from .operations import ASSESSMENT, OPERATIONS, Target
from .tables import FlatRow, flatten
from .taxon import common_name, taxon_of
from .text import bare, counted, first_column, line_text, too_long, without_markup, words_of

SCIENTIFIC_NAME: Final = next(one for one in OPERATIONS if one.path == "taxa/scientific_name")
"""The operation that finds a taxon by its name."""

HEADING: Final = "a column heading"
_NO_CELLS: Final[FlatRow] = {}
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
class InputLine:
    """One line of a file of names or ids."""

    number: int  # from 1; blank lines and comments count, too
    text: str  # as line_text() leaves it; read again it gives the same line
    target: Target | None  # None where the line is malformed
    problem: str = ""  # why it is malformed
    # number of the first line that asks for the same, or None if this one is
    same_as: int | None = None
    # cells of the user's own columns, where the file is a table
    own: FlatRow = field(default_factory=dict, hash=False)


OwnCells = Mapping[int, FlatRow]
"""Cells of the user's own columns, by the number of the line."""


def read_names(lines: Iterable[str], own: OwnCells | None = None) -> tuple[InputLine, ...]:
    """Read lines with a scientific name each; blank ones and ``#`` comments are passed over.

    A line that has ``own`` cells counts in any case.
    """
    return _read_lines(
        lines, own, lambda text: Target(SCIENTIFIC_NAME, None, parse_name(text).params)
    )


def read_ids(lines: Iterable[str], own: OwnCells | None = None) -> tuple[InputLine, ...]:
    """Read lines with an assessment's id each, as :func:`read_names` does names."""
    return _read_lines(lines, own, lambda text: Target(ASSESSMENT, str(parse_id(text))))


def parse_id(text: str) -> int:
    """An assessment's id: a number, ``assessment/123``, or an address or citation with one.

    Else a ValueError says why, in a few words.
    """
    if too_long(text):
        raise ValueError("too long for an id")
    text = re.sub(r"\s#.*", "", without_markup(text))
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


def decode_text(raw: bytes) -> str:
    """A text: UTF-8, UTF-16 (a spreadsheet's "Unicode text"), Windows-1252; else ValueError."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in raw:
            raise ValueError("not text") from None
        return raw.decode("cp1252", errors="replace")


def label_of(lines: Sequence[InputLine]) -> str:
    """How many lines of what: ``50 names``, ``1 id``."""
    target = next((line.target for line in lines if line.target is not None), None)
    what = "line" if target is None else "id" if target.operation is ASSESSMENT else "name"
    return counted(len(lines), what)


def _read_lines(
    lines: Iterable[str], own: OwnCells | None, read: Callable[[str], Target]
) -> tuple[InputLine, ...]:
    found: list[InputLine] = []
    first: dict[Target, int] = {}
    own = own or {}
    for number, line in enumerate(lines, 1):
        text, cells = line_text(line), own.get(number, _NO_CELLS)
        if not cells and (not text.strip() or text.lstrip().startswith("#")):
            continue
        column = re.split(r"[,;|\t]", text)[0].lower()
        try:
            if not text.strip():
                raise ValueError("an empty cell")
            if re.sub(r"[\s_.\"'-]", "", column) in _HEADINGS:
                raise ValueError(HEADING)
            target = read(text)
        except ValueError as problem:
            found.append(InputLine(number, text, None, str(problem), own=cells))
        else:
            earlier = first.setdefault(target, number)
            same_as = earlier if earlier < number else None
            found.append(InputLine(number, text, target, same_as=same_as, own=cells))
    return tuple(found)


def _number(text: str) -> int:
    digits = text.removeprefix("+")
    if not digits:
        raise ValueError("not a number")
    if digits.startswith("-") and digits[1:].isdecimal():
        raise ValueError("a negative number")
    if re.fullmatch(r"\d+[.]\d*|\d*[.]\d+", digits):
        raise ValueError("a decimal number; ids are whole")
    if not (digits.isascii() and digits.isdecimal()):
        has_letters = any(map(str.isalpha, digits))
        raise ValueError("not a number" + ("; names go with the operation species" * has_letters))
    digits = digits.lstrip("0")
    if not digits:
        raise ValueError("0 is not an id")
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"more than {MOST_DIGITS} digits")
    return int(digits)


GENUS_ALIKE: Final = 0.7
EPITHET_ALIKE: Final = 0.6
BOTH_ALIKE: Final = 0.8
"""How alike they have to be (1 is equal): the genus where the rest is equal, the rest where the
genus is, and each of them where neither is."""

_END: Final = 3
_STRANGE: Final = 4
"""Letters that only one of two words may have: two letters mistaken for two others."""


class Near:
    """Finds names alike.

    Looking through all would take too long. Looked at are the names of the same genus, those
    with the same rest, and those of genera that share their first or their last three letters
    with the genus asked for: one typing error always leaves one of these.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        """Look among *keys*: names in lower case, the genus and the rest parted by a blank."""
        self._rests: dict[str, list[str]] = {}
        self._genera: dict[str, list[str]] = {}
        self._ends: dict[str, list[str]] = {}
        self._letters: dict[str, int] = {}
        for key in keys:
            genus, _, rest = key.partition(" ")
            self._rests.setdefault(genus, []).append(rest)
            self._genera.setdefault(rest, []).append(genus)
        for genus in self._rests:
            for end in _ends(genus):
                self._ends.setdefault(end, []).append(genus)

    def find(self, key: str, n: int) -> list[str]:
        """At most *n* keys like *key*, best first; never *key* itself."""
        genus, _, rest = key.partition(" ")
        found = {
            f"{genus} {other}": (1 + ratio) / 2
            for other, ratio in self._alike(rest, self._rests.get(genus, ()), EPITHET_ALIKE)
        }
        for other, ratio in self._alike(genus, self._genera.get(rest, ()), GENUS_ALIKE):
            found.setdefault(f"{other} {rest}", (1 + ratio) / 2)
        genera = dict.fromkeys(one for end in _ends(genus) for one in self._ends.get(end, ()))
        for other, ratio in self._alike(genus, genera, BOTH_ALIKE):
            for further, second in self._alike(rest, self._rests[other], BOTH_ALIKE):
                found.setdefault(f"{other} {further}", (ratio + second) / 2)
        species = " ".join(key.split()[:2])
        if species in self:  # below a species nothing may be known but the species
            found.setdefault(species, EPITHET_ALIKE)
        found.pop(key, None)
        return sorted(found, key=lambda one: (-found[one], one))[:n]

    def __contains__(self, key: str) -> bool:
        genus, _, rest = key.partition(" ")
        return genus in self._genera.get(rest, ())

    def _alike(self, word: str, others: Iterable[str], least: float) -> Iterable[tuple[str, float]]:
        letters, masks, size = self._mask(word), self._letters, len(word)
        fit = {n for n in range(1, 3 * size) if 2 * min(size, n) >= least * (size + n)}
        matcher = SequenceMatcher(None, b=word, autojunk=False)
        for other in others:
            # Lengths and bits first: they throw out nearly all, in a thirtieth of the time.
            if (length := len(other)) not in fit:
                continue
            strange = letters ^ (masks.get(other) or self._mask(other))
            if (number := strange.bit_count()) > _STRANGE:
                continue
            mine = (strange & letters).bit_count()
            if 2 * min(size - mine, length - number + mine) < least * (size + length):
                continue
            matcher.set_seq1(other)
            if matcher.quick_ratio() >= least and (ratio := matcher.ratio()) >= least:
                yield other, ratio

    def _mask(self, word: str) -> int:
        """The set of a word's letters, as bits."""
        if word not in self._letters:
            self._letters[word] = reduce(or_, (1 << (ord(sign) & 63) for sign in word), 0)
        return self._letters[word]


def _ends(genus: str) -> tuple[str, str]:
    return f"^{genus[:_END]}", f"{genus[-_END:]}$"


Fate = Literal["found", "synonym", "other rank", "not found", "malformed", "failed", "stopped"]
"""``synonym``: the Red List has the taxon by another name; ``other rank``: a taxon below the
species answered for it, or the reverse; ``stopped``: it wasn't requested yet."""

NEAR_MATCHES: Final = 3

_ACCEPTED: Final = re.compile(CLEAN.pattern + r"(?: (?:ssp|var)\. ([a-z]{3,40}))?")
"""Nearly all names as the API writes them; to read them in full takes five times as long."""

_RELATIVES: Final = ("species_taxa", "subpopulation_taxa", "infrarank_taxa")
_RANKS: Final = {"subspecies": "ssp.", "variety": "var.", "subvariety": "subvar.", "forma": "f."}


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of a line."""

    line: InputLine  # one that repeats an earlier line has that line's outcome
    outcome: Fate
    matched_name: str | None = None  # by which the Red List has the taxon
    near_matches: tuple[str, ...] = ()  # names that one which was not found may be meant for
    message: str = ""  # why it is malformed or failed, or what to do


class NameIndex:
    """Names that are known from what was fetched: accepted ones, and their synonyms."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._synonyms: dict[str, tuple[str, str]] = {}  # by key, the accepted name and the run
        self._keys: dict[str, str] = {}  # of texts that were read; the same names come often
        self._near: Near | None = None

    def add_taxon(self, taxon: Record, run: str = "") -> list[str]:
        """Add a taxon, its relatives, and their synonyms; what isn't as expected is passed over.

        ``run`` is where the answer is saved. Returns the keys of the taxon's own names, the
        accepted one first; none where it has no name that can be read.
        """
        keys = self._add(taxon, run)
        for key in _RELATIVES:
            for relative in objects(taxon.get(key)):
                self._add(relative, run)
        return keys

    def add_name(self, text: str) -> str:
        """Add an accepted name as the API writes it; returns its key, empty where it is no name."""
        if (key := self._keys.get(text)) is None:
            if plain := _ACCEPTED.fullmatch(text):
                key, name = " ".join(filter(None, plain.groups())).lower(), text
            else:
                read = _read(text)
                key, name = (read.key, read.text) if read else ("", "")
            self._keys[text] = key
            if key and key not in self._known:
                self._known[key] = name
                self._near = None
        return key

    def accepted(self, name: Name) -> str | None:
        """The accepted name of the taxon that has *name* among its synonyms, or None."""
        found = self._synonyms.get(name.key)
        return None if found is None else found[0]

    def run_of(self, name: Name) -> str:
        """The run whose answer has *name* among a taxon's synonyms; empty where none is known."""
        return self._synonyms.get(name.key, ("", ""))[1]

    def has(self, name: Name) -> bool:
        """Whether *name* is an accepted name."""
        return name.key in self._known

    def near(self, name: Name, n: int = NEAR_MATCHES) -> tuple[str, ...]:
        """At most *n* accepted names that are spelt nearly like *name*, best first."""
        if self._near is None:
            self._near = Near(self._known)
        return tuple(self._known[key] for key in self._near.find(name.key, n))

    def _add(self, taxon: Record, run: str) -> list[str]:
        text = taxon.get("scientific_name")
        if not isinstance(text, str) or not (accepted := self.add_name(text)):
            return []
        keys = [accepted]
        for synonym in objects(taxon.get("synonyms")):
            name = _of_parts(synonym) or _read(synonym.get("name"))
            if name is not None and name.key != accepted:
                self._synonyms.setdefault(name.key, (text, run))
                keys.append(name.key)
        return keys


def account(
    line: InputLine, record: Record | None, missing: bool, failure: str | None, known: NameIndex
) -> LineOutcome:
    """Say what became of a line: ``missing`` is a 404, ``failure`` why it failed otherwise."""
    if line.target is None:
        return LineOutcome(line, "malformed", message=line.problem)
    asked = asked_name(line.target)
    if record is not None:
        matched = taxon_of(record).get("scientific_name")
        matched = matched if isinstance(matched, str) and matched.strip() else None
        fate = "found" if asked is None or matched is None else _fate(asked, record)
        return LineOutcome(line, fate, matched)
    if missing and asked is not None and (accepted := known.accepted(asked)):
        run = known.run_of(asked)
        message = f"synonym of {accepted}" + (f", from run {run}" if run else "")
        return LineOutcome(line, "synonym", accepted, message=message)
    if missing:
        if asked is not None and known.has(asked):  # spelt right: near matches would mislead
            return LineOutcome(line, "not found", message="saved responses have this name")
        near = () if asked is None else known.near(asked)
        return LineOutcome(line, "not found", near_matches=near)
    if failure is not None:
        return LineOutcome(line, "failed", message=failure)
    return LineOutcome(line, "stopped")


def lines_in_words(
    counts: Mapping[str, int], noun: str, repeated: Mapping[str, int], absent: str = ""
) -> str:
    """What became of the lines of a list, each counted once: ``20 of 30 names found, 1 failed``.

    Args:
        counts: lines with each outcome, and ``lines`` in all.
        noun: what a line has, ``name`` or ``id``.
        repeated: how many of those of each outcome repeat an earlier line.
        absent: the words for those that were not found.
    """
    once = Counter(counts)
    once.subtract(repeated)
    duplicates = sum(repeated.values())
    # Of a run that was stopped, many answers are not read.
    first = "answered" if once["answered"] > 0 else "found"
    parts = (
        (once["synonym"], counted(once["synonym"], "synonym")),
        (once["other rank"], f"{once['other rank']:,} at another rank"),
        (
            once["not found"],
            f"{once['not found']:,} "
            f"{absent or ('not on the Red List' if noun == 'name' else 'not found')}",
        ),
        (once["failed"], f"{once['failed']:,} failed"),
        (once["malformed"], f"{once['malformed']:,} malformed"),
        (once["stopped"], f"{once['stopped']:,} not requested yet"),
        (duplicates, counted(duplicates, "duplicate")),
    )
    said = (words for number, words in parts if number > 0)
    return ", ".join((f"{once[first]:,} of {counted(counts['lines'], noun)} {first}", *said))


LINE_COLUMNS: Final = (
    *("line", "input", "outcome", "same_as", "matched_name", "sis_taxon_id"),
    *("red_list_category_code", "possibly_extinct", "year_published", "assessment_date"),
    *("criteria", "scopes", "latest", "assessment_id", "class_name", "order_name", "family_name"),
    *("common_name", "url", "near_matches", "message"),
)
"""Columns of a line with a name, behind the user's own."""

_NEEDED: Final = (*LINE_COLUMNS[5:-2], "red_list_category")
"""Fields of a taxon or an assessment that such a line has."""


def outcome_cells(outcome: LineOutcome) -> FlatRow:
    """What became of a line, behind the user's own columns; near matches joined as ``a|b``."""
    near = "|".join(one.replace("|", "\\|") for one in outcome.near_matches)
    return {
        **outcome.line.own,
        "line": outcome.line.number,
        "input": outcome.line.text,
        "outcome": outcome.outcome,
        "same_as": outcome.line.same_as,
        "matched_name": outcome.matched_name,
        "near_matches": near or None,
        "message": outcome.message or None,
    }


def line_cells(
    outcome: LineOutcome, assessment: Record | None = None, taxon: Record | None = None
) -> FlatRow:
    """The row of a line with a name: the user's own columns, then :data:`LINE_COLUMNS`.

    ``assessment`` is the taxon's status (see :func:`~.decode.preferred`): a row of a list or a
    full assessment. ``taxon`` is what an answer has under that key. Several names or scopes are
    joined as ``a|b``.
    """
    taxon = taxon or {}
    needed = {"sis_taxon_id": taxon.get("sis_id")}
    for source in (taxon, assessment or {}):
        needed |= {name: source[name] for name in _NEEDED if source.get(name) is not None}
    cells = flatten(needed)
    cells |= {"scopes": cells.get("scopes_description"), "common_name": common_name(taxon)}
    cells |= outcome_cells(outcome)
    return {name: cells.get(name) for name in (*outcome.line.own, *LINE_COLUMNS)}


def asked_name(target: Target) -> Name | None:
    """The name that a target asks for; None where it asks for no name."""
    given = dict(target.params)
    if target.operation.gives_assessment or not given.get("genus_name"):
        return None
    below = given.get("infra_name"), given.get("subpopulation_name")
    return Name(given["genus_name"], given.get("species_name", ""), *below)


def accepted_target(target: Target, accepted: str | None) -> Target | None:
    """What asks for an accepted name as a target asks for a synonym; None where it is no name."""
    name = _read(accepted)
    others = tuple(one for one in target.params if one[0] not in NAME_PARTS)
    return None if name is None else replace(target, params=(*name.params, *others))


def _fate(asked: Name, record: Record) -> Fate:
    """The outcome of a name that was answered with a taxon; case and rank marker don't count."""
    taxon = taxon_of(record)
    text = str(taxon.get("scientific_name"))
    names = [name for name in (_read(text), _of_parts(taxon)) if name is not None]
    if names and names[0].below != asked.below:
        return "other rank"
    if any(name.key == asked.key for name in names) or bare(text[:1000]) == bare(asked.text):
        return "found"
    return "synonym"


def _of_parts(parts: Record) -> Name | None:
    """The name that a taxon's or synonym's own fields give, where they give one."""
    genus, species, infra, population = (
        " ".join(value.split()) if isinstance(value := parts.get(key), str) else ""
        for key in NAME_PARTS
    )
    rank = _RANKS.get(str(parts.get("infra_type")), "")
    found = Name(genus, species, infra or None, population or None, rank)
    return found if genus and species else None


def _read(text: Any) -> Name | None:
    try:
        return parse_name(text) if isinstance(text, str) else None
    except ValueError:
        return None
