"""What a record consists of, as text that is safe to draw: its head, and its sections."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from tui_app.redlist.codes import built_in, full_description
from tui_app.redlist.taxon import common_name
from tui_app.redlist.text import plain_text

from ..categories import Category, category, category_in
from ..text import NOTHING, clean, count

MOST_IN_CELL: Final = 1000
"""Characters of a value in a table."""
MOST_IN_TEXT: Final = 20_000
"""Characters of a section of the documentation; the longest known has 12,000."""
MOST_JSON: Final = 150_000
"""Characters of the JSON."""
_MOST_IN_HEAD: Final = 200
_DEEPEST: Final = 6
_DEEPEST_PART: Final = 8
_MOST_TABS: Final = 60
_CODE_LISTS: Final = {"researches": "research", "locations": "countries"}
"""Code lists that are called otherwise than the lists of a record."""
_FIRST: Final = (
    "assessments", "locations", "habitats", "threats", "stresses", "use_and_trade",
    "conservation_actions", "conservation_actions_in_place", "researches", "systems",
    "biogeographical_realms", "growth_forms", "lmes", "faos", "scopes", "common_names", "synonyms",
)  # fmt: skip
_LAST: Final = ("ssc_groups", "errata", "credits", "references")
_TEXTS: Final = ("documentation",)
_SITE: Final = "iucnredlist.org"
_ARROWS: Final = {"decreasing": "↓", "increasing": "↑", "stable": "→"}


# -- values --------------------------------------------------------------------------------


def humanised(name: str) -> str:
    """``use_and_trade`` as ``Use and trade``."""
    words = clean(name[:60]).replace("_", " ").strip()
    return words[:1].upper() + words[1:] or NOTHING


def in_line(value: Any, most: int = MOST_IN_CELL) -> str:
    """Any value in one clean line of at most so many characters: ``Name: Yes; Other: No``."""
    return clean(_cut(_without_html(_line(value, 0)[: 20 * most]), most))


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]}… [cut here: {count(len(text))} characters; an export has them all]"


def _without_html(text: str) -> str:
    return plain_text(text) if "<" in text or "&" in text else text


def _line(value: Any, depth: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        if value.keys() == {"en"}:
            return _line(value["en"], depth + 1)
        if depth < _DEEPEST:
            if value.keys() == {"description", "code"}:
                return _line(value["description"] or value["code"], depth + 1)
            if value.keys() == {"name", "value"}:  # how actions in place are told
                return f"{_line(value['name'], depth + 1)}: {_line(value['value'], depth + 1)}"
            parts = ((key, _line(inner, depth + 1)) for key, inner in value.items())
            return ", ".join(f"{clean(key)}: {said}" for key, said in parts if said)
    if isinstance(value, list) and depth < _DEEPEST:
        return "; ".join(said for said in (_line(one, depth + 1) for one in value) if said)
    return value if isinstance(value, str) else as_json(value, 20 * MOST_IN_CELL, indent=None)


def as_json(value: Any, most: int = MOST_JSON, indent: int | None = 2) -> str:
    """JSON to read, as it arrived; at most about so many characters, and a note."""
    parts: list[str] = []
    room = most
    try:
        for part in json.JSONEncoder(indent=indent, ensure_ascii=False).iterencode(value):
            parts.append(part[:room])
            room -= len(part)
            if room < 0:
                return "".join(parts) + "… [cut here; an export has it all]"
    except (RecursionError, ValueError, TypeError):
        parts.append("… [nested too deeply to be shown]")
    return "".join(parts)


def paragraphs(html: str) -> Iterator[str]:
    """The paragraphs of a section, cleaned; cut off where it is endless."""
    text = _cut(_without_html(_cut(html, 5 * MOST_IN_TEXT)), MOST_IN_TEXT)
    return (clean(line.strip()) for line in text.splitlines() if line.strip())


def described_code(name: str, item: dict[str, Any]) -> tuple[str, str]:
    """What an item of a list describes: what stands above it (may be nothing), and itself."""
    own = in_line(item.get("description"))
    code = item.get("code")
    if not isinstance(code, str) or len(code) > 40:
        return "", own
    table = {one.code: one.description for one in built_in(_CODE_LISTS.get(name, name))}
    own = own or table.get(code, "")
    whole = full_description(code, table, own) if table else own
    return whole.removesuffix(own), own


# -- head ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordHead:
    """What stands above a record: who it is about, and how it is. What it doesn't say is empty."""

    title: str  # the scientific name, or what else it can be called
    scientific: bool  # whether the title is a scientific name
    common: str  # the common name
    category: Category | None  # None where it names none that is known
    category_words: str  # its category in words, or as it was written where it isn't known
    facts: tuple[str, ...]  # year, trend, criteria, scope: what is known of them
    address: str  # its page, as it says
    demo: bool  # whether it is synthetic

    @property
    def page(self) -> str:
        """The address of its page; empty where it has none on the Red List's own site."""
        return self.address if not self.demo and may_be_opened(self.address) else ""

    @property
    def no_page(self) -> str:
        """Why it has no page."""
        if self.demo:
            return f"demo records have no page on {_SITE}"
        return f"its page is not on {_SITE}" if self.address else "the record has no page address"


def head_of(record: dict[str, Any]) -> RecordHead:
    """Read the head of any record: of v4 and v3, of a list and in full, of a taxon, of a code."""
    taxon = _dict(record.get("taxon"))
    status = record
    if "red_list_category_code" not in record and "red_list_category" not in record:
        status = _newest(record) or record
    name = _said(taxon, "scientific_name")
    name = name or _said(record, "taxon_scientific_name", "scientific_name")
    found = _category(status)
    written = _said(status, "red_list_category_code", "category")
    words = _said(_dict(status.get("red_list_category")), "description")
    return RecordHead(
        name or _other_title(record),
        bool(name),
        _common(record, taxon),
        found,
        words or (written if found is None else found.name),
        tuple(filter(None, _facts(record, status))),
        _said(status, "url"),
        record.get("source") == "DEMO",
    )


def may_be_opened(address: str) -> bool:
    """Whether an address is a page of the Red List's own site, and nothing but that."""
    if not address.isascii() or not address.isprintable() or set(address) & set(" \\\"'<>`"):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    own = host == _SITE or host.endswith(f".{_SITE}")
    return parts.scheme == "https" and own and port in (None, 443) and "@" not in parts.netloc


def _facts(record: dict[str, Any], status: dict[str, Any]) -> Iterator[str]:
    yield _said(status, "year_published", "published_year")
    trend = record.get("population_trend")
    trend = in_line(trend.get("description") if isinstance(trend, dict) else trend, _MOST_IN_HEAD)
    yield f"{_ARROWS.get(trend.lower(), '')} {trend}".strip()
    criteria = _said(status, "criteria")
    yield f"criteria {criteria}" if criteria else ""
    yield in_line([one.get("description") for one in _dicts(status.get("scopes"))], _MOST_IN_HEAD)
    latest = status.get("latest")
    yield "" if not isinstance(latest, bool) else "latest" if latest else "not the latest"


def _category(status: dict[str, Any]) -> Category | None:
    flat = {**status, "description": in_line(status.get("description"))}
    columns = ("red_list_category_code", "category", "red_list_category", "code")
    found = category(_dict(status.get("red_list_category")).get("code"))
    return found or next(filter(None, (category_in(one, flat) for one in columns)), None)


def _newest(record: dict[str, Any]) -> dict[str, Any] | None:
    """Of a taxon's assessments the one that counts: the latest, of the whole world if there is."""
    latest = [one for one in _dicts(record.get("assessments")) if one.get("latest") is True]
    whole = (
        one
        for one in latest
        if any(scope.get("code") == "1" for scope in _dicts(one.get("scopes")))
    )
    return next(whole, latest[0] if latest else None)


def _common(record: dict[str, Any], taxon: dict[str, Any]) -> str:
    whose = taxon if "common_names" in taxon else record
    main = _said({"name": common_name(whose)}, "name")
    others = (_said(one, "name") for one in _dicts(whose.get("common_names")))
    return main or next(filter(None, others), "") or _said(record, "main_common_name")


def _other_title(record: dict[str, Any]) -> str:
    code = _said(record, "code")
    words = _said(record, "description", "name")
    if code and words:
        return f"{code} · {words}"
    for name, what in (("assessment_id", "Assessment "), ("sis_id", "SIS id "), ("input", "")):
        if said := _said(record, name):
            return f"{what}{said}"
    flat = (name for name, value in record.items() if isinstance(value, str | int))
    return words or code or _said(record, *flat) or "Unnamed record"


def _said(where: dict[str, Any], *names: str) -> str:
    """The first of these that says anything."""
    said = (in_line(where.get(name), _MOST_IN_HEAD) for name in names)
    return next(filter(None, said), "")


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


# -- sections ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordSection:
    """A part of a record, shown under a tab of its own."""

    key: str  # tells it from the others, and finds it in the next record
    heading: str
    kind: Literal["values", "texts", "table", "references", "json"]  # how it is drawn
    value: Any
    name: str = ""  # the list's own, which says what its codes mean


@dataclass(frozen=True, slots=True)
class ValueGroup:
    """Single values that belong together."""

    title: str  # of what; empty for the record's own
    values: list[tuple[str, Any]]  # names and values
    without: list[str]  # names of what is there without a value, empty lists among them
    part: dict[str, Any]  # the part of the record that they are from


def sections(record: dict[str, Any]) -> list[RecordSection]:
    """The sections of a record, in the order of their tabs; the first and the last always are."""
    texts = {
        name: text
        for name, text in _dict(record.get("documentation")).items()
        if isinstance(text, str) and text.strip()
    }
    found = [RecordSection("overview", "Overview", "values", record)]
    if texts:
        found.append(RecordSection("documentation", "Documentation", "texts", texts))
    taken: set[str] = set()
    for path, items in sorted(_lists(record), key=lambda one: _rank(one[0][-1]))[:_MOST_TABS]:
        name = path[-1]
        # Two lists of a name are told apart by what they are in.
        title = humanised(name if name not in taken else " ".join(path[-2:]))
        taken.add(name)
        kind: Literal["references", "table"] = "references" if name == "references" else "table"
        heading = f"{title} {count(len(items))}"
        found.append(RecordSection("/".join(path), heading, kind, items, name))
    found.append(RecordSection("json", "JSON", "json", record))
    return found


def value_groups(part: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[ValueGroup]:
    """The single values of a record: its own first, then those of each part of it."""
    group = ValueGroup(" › ".join(map(humanised, path)), [], [], part)
    inner = []
    for name, value in part.items():
        if isinstance(value, dict) and value.keys() != {"en"} and len(path) < _DEEPEST_PART:
            inner.append((value, (*path, name)))
        elif value in (None, "", []):
            group.without.append(name)
        elif not isinstance(value, list) and not (path == _TEXTS and isinstance(value, str)):
            group.values.append((name, value))
    if group.values or group.without:
        yield group
    for value, deeper in inner:
        yield from value_groups(value, deeper)


def _lists(
    part: dict[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in part.items():
        if isinstance(value, list) and value:
            yield (*path, name), value
        elif isinstance(value, dict) and len(path) < _DEEPEST_PART:
            yield from _lists(value, (*path, name))


def _rank(name: str) -> int:
    if name in _FIRST:
        return _FIRST.index(name)
    return len(_FIRST) + (1 + _LAST.index(name) if name in _LAST else 0)
