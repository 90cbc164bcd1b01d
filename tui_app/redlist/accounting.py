"""What became of each line of a file of names or ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from .decode import Record, objects
from .lines import Line
from .names import Name, parse_name
from .near import Near
from .spelling import bare
from .tables import Cell
from .target import Target

Fate = Literal["found", "synonym", "not found", "malformed", "failed", "stopped"]
"""``synonym``: the server knows the taxon by another name; ``stopped``: it wasn't asked yet."""

FATES: Final[tuple[Fate, ...]] = get_args(Fate)

LINE_COLUMNS: Final = (
    "line",
    "input",
    "outcome",
    "same_as",
    "accepted_name",
    "near_matches",
    "message",
)
"""Columns of :func:`line_cells`, in order."""

NEAR_MATCHES: Final = 3

_RELATIVES: Final = ("species_taxa", "subpopulation_taxa", "infrarank_taxa")
_RANKS: Final = {"subspecies": "ssp.", "variety": "var.", "subvariety": "subvar.", "forma": "f."}
_PLAIN: Final = re.compile(
    r"([A-Z][a-z]+ [a-z]{2,}(?:-[a-z]{2,})?)(?: (?:ssp|var|subvar|f)\.( [a-z]{3,}))?"
)
"""Nearly all names, as the API writes them; reading these in full takes ten times as long."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line.

    Attributes:
        line: the line. One that says what an earlier line says has that line's outcome.
        outcome: what became of it.
        accepted_name: the name by which the Red List has the taxon, where it has it.
        near_matches: of a name that was not found, those that it may be meant for.
        message: why it is malformed or failed, or what to do; else empty.
    """

    line: Line
    outcome: Fate
    accepted_name: str | None = None
    near_matches: tuple[str, ...] = ()
    message: str = ""


class NameIndex:
    """Names that are known from what was fetched: accepted ones, and their synonyms."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._synonyms: dict[str, str] = {}
        self._near: Near | None = None

    def add_taxon(self, taxon: Record) -> None:
        """Add a taxon as the API describes it, its relatives, and the synonyms of all of them.

        Whatever isn't as expected in it is passed over.
        """
        self._add(taxon)
        for key in _RELATIVES:
            for relative in objects(taxon.get(key)):
                self._add(relative)

    def add_name(self, text: str) -> None:
        """Add an accepted name as the API writes it; what isn't a name is passed over."""
        if plain := _PLAIN.fullmatch(text):
            key = (plain[1] + (plain[2] or "")).lower()
        elif name := _read(text):
            key, text = name.key, name.text
        else:
            return
        if key not in self._known:
            self._known[key] = text
            self._near = None

    def accepted(self, name: Name) -> str | None:
        """The accepted name of the taxon that has *name* among its synonyms, or None."""
        return self._synonyms.get(name.key)

    def near(self, name: Name, n: int = NEAR_MATCHES) -> tuple[str, ...]:
        """At most *n* accepted names that are spelt nearly like *name*, best first."""
        if self._near is None:
            self._near = Near(self._known)
        return tuple(self._known[key] for key in self._near.find(name.key, n))

    def _add(self, taxon: Record) -> None:
        text = taxon.get("scientific_name")
        if not isinstance(text, str) or (accepted := _read(text)) is None:
            return
        self.add_name(text)
        for synonym in objects(taxon.get("synonyms")):
            name = _of_parts(synonym) or _read(synonym.get("name"))
            if name is not None and name.key != accepted.key:
                self._synonyms.setdefault(name.key, text)


def account(
    line: Line, record: Record | None, missing: bool, failure: str | None, known: NameIndex
) -> Outcome:
    """Say what became of a line.

    Args:
        line: a line of names or ids.
        record: what the server answered, or None.
        missing: whether it said that there is no such thing (404).
        failure: why the request failed otherwise, or None.
        known: names that are known otherwise; asked only about a name that is missing.
    """
    if line.target is None:
        return Outcome(line, "malformed", message=line.problem)
    asked = _asked(line.target)
    if record is not None:
        accepted = _accepted_name(record)
        renamed = asked is not None and accepted is not None and not _is_same(asked, record)
        return Outcome(line, "synonym" if renamed else "found", accepted)
    if missing and asked is not None and (accepted := known.accepted(asked)):
        return Outcome(
            line, "synonym", accepted, message=f"no data under this name; ask for {accepted}"
        )
    if missing:
        near = () if asked is None else known.near(asked)
        return Outcome(line, "not found", near_matches=near)
    if failure is not None:
        return Outcome(line, "failed", message=failure)
    return Outcome(line, "stopped")


def line_cells(outcome: Outcome) -> dict[str, Cell]:
    """The row of a line, in the order of LINE_COLUMNS; several names are joined as ``a|b``."""
    near = "|".join(name.replace("|", "\\|") for name in outcome.near_matches)
    return {
        "line": outcome.line.number,
        "input": outcome.line.text,
        "outcome": outcome.outcome,
        "same_as": outcome.line.same_as,
        "accepted_name": outcome.accepted_name,
        "near_matches": near or None,
        "message": outcome.message or None,
    }


def _asked(target: Target) -> Name | None:
    """The name that a target asks for; None where it asks for no name."""
    given = dict(target.params)
    if target.operation.gives_assessment or not given.get("genus_name"):
        return None
    below = given.get("infra_name"), given.get("subpopulation_name")
    return Name(given["genus_name"], given.get("species_name", ""), *below)


def _taxon(record: Record) -> Record:
    taxon = record.get("taxon")
    return taxon if isinstance(taxon, dict) else {}


def _accepted_name(record: Record) -> str | None:
    text = _taxon(record).get("scientific_name")
    return text if isinstance(text, str) and text.strip() else None


def _is_same(asked: Name, record: Record) -> bool:
    """Whether a taxon has the name that was asked for, whatever its case and rank marker."""
    taxon = _taxon(record)
    text = str(taxon.get("scientific_name"))
    names = (_read(text), _of_parts(taxon))
    return any(name is not None and name.key == asked.key for name in names) or (
        bare(text[:1000]) == bare(asked.text)
    )


def _of_parts(parts: Record) -> Name | None:
    """The name that a taxon's or synonym's own fields give, where they give one."""
    keys = ("genus_name", "species_name", "infra_name", "subpopulation_name")
    values = [parts.get(key) for key in keys]
    genus, species, *below = [
        " ".join(value.split()) if isinstance(value, str) else "" for value in values
    ]
    if not genus or not species:
        return None
    rank = _RANKS.get(str(parts.get("infra_type")), "")
    return Name(genus, species, below[0] or None, below[1] or None, rank)


def _read(text: Any) -> Name | None:
    try:
        return parse_name(text) if isinstance(text, str) else None
    except ValueError:
        return None
