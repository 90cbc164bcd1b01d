"""What a record consists of: single values in groups, lists, texts. No Textual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from .words import humanised

_FIRST: Final = (
    "assessments", "locations", "habitats", "threats", "stresses", "use_and_trade",
    "conservation_actions", "conservation_actions_in_place", "researches", "systems",
    "biogeographical_realms", "growth_forms", "lmes", "faos", "scopes", "common_names", "synonyms",
)  # fmt: skip
_LAST: Final = ("ssc_groups", "errata", "credits", "references")
_TEXTS: Final = ("documentation",)
_DEEPEST: Final = 8
_MOST_TABS: Final = 60


class Kind(StrEnum):
    """How a section is drawn."""

    VALUES = "values"
    TEXTS = "texts"
    TABLE = "table"
    REFERENCES = "references"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a record, shown under a tab of its own.

    Attributes:
        key: tells it from the others, and finds it in the next record.
        title: in words.
        kind: how it is drawn.
        value: what it shows.
        name: the list's own name, which says what its codes mean.
    """

    key: str
    title: str
    kind: Kind
    value: Any
    name: str = ""

    @property
    def heading(self) -> str:
        """The title, with the number of items where there are some."""
        counted = self.kind in (Kind.TABLE, Kind.REFERENCES)
        return f"{self.title} {len(self.value):,}" if counted else self.title


@dataclass(frozen=True, slots=True)
class Group:
    """Single values that belong together.

    Attributes:
        title: of what; empty for the record's own.
        values: names and values.
        without: names of what is there without a value, empty lists among them.
        part: the part of the record that they are from.
    """

    title: str
    values: list[tuple[str, Any]]
    without: list[str]
    part: dict[str, Any]


def sections(record: dict[str, Any]) -> list[Section]:
    """The sections of a record, in the order of their tabs; the first and the last always are."""
    texts = {
        name: text
        for name, text in _dict(record.get("documentation")).items()
        if isinstance(text, str) and text.strip()
    }
    found = [Section("overview", "Overview", Kind.VALUES, record)]
    if texts:
        found.append(Section("documentation", "Documentation", Kind.TEXTS, texts))
    taken: set[str] = set()
    for path, items in sorted(_lists(record, ()), key=lambda one: _rank(one[0][-1]))[:_MOST_TABS]:
        name = path[-1]
        # Two lists of a name are told apart by what they are in.
        title = humanised(name if name not in taken else " ".join(path[-2:]))
        taken.add(name)
        kind = Kind.REFERENCES if name == "references" else Kind.TABLE
        found.append(Section("/".join(path), title, kind, items, name))
    found.append(Section("json", "JSON", Kind.JSON, record))
    return found


def groups(record: dict[str, Any]) -> list[Group]:
    """The single values of a record: its own first, then those of each part of it."""
    found: list[Group] = []
    _gather(record, (), found)
    return [group for group in found if group.values or group.without]


def _gather(part: dict[str, Any], path: tuple[str, ...], found: list[Group]) -> None:
    group = Group(" › ".join(map(humanised, path)), [], [], part)
    found.append(group)
    for name, value in part.items():
        if isinstance(value, dict) and value.keys() != {"en"} and len(path) < _DEEPEST:
            _gather(value, (*path, name), found)
        elif value in (None, "", []):
            group.without.append(name)
        elif not isinstance(value, list) and not (path == _TEXTS and isinstance(value, str)):
            group.values.append((name, value))


def _lists(part: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in part.items():
        if isinstance(value, list) and value:
            yield (*path, name), value
        elif isinstance(value, dict) and len(path) < _DEEPEST:
            yield from _lists(value, (*path, name))


def _rank(name: str) -> int:
    if name in _FIRST:
        return _FIRST.index(name)
    return len(_FIRST) + (1 + _LAST.index(name) if name in _LAST else 0)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
