"""What stands above a record: who it is about, and how it is. No Textual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ..categories import Category, category, category_in
from .words import in_line

_SITE: Final = "iucnredlist.org"
_ARROWS: Final = {"decreasing": "↓", "increasing": "↑", "stable": "→"}
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Head:
    """A record in a few words. What it doesn't say is empty.

    Attributes:
        title: the scientific name, or what else it can be called.
        scientific: whether the title is a scientific name.
        common: the common name.
        category: its Red List category; None where it names none that is known.
        category_words: its category in words, or as it was written where it isn't known.
        facts: year, trend, criteria, scope: what is known of them.
        address: its page.
        demo: whether it is synthetic.
    """

    title: str
    scientific: bool
    common: str
    category: Category | None
    category_words: str
    facts: tuple[str, ...]
    address: str
    demo: bool


def head_of(record: dict[str, Any]) -> Head:
    """Read the head of any record: of v4 and v3, of a list and in full, of a taxon, of a code."""
    taxon = _dict(record.get("taxon"))
    status = record
    if "red_list_category_code" not in record and "red_list_category" not in record:
        status = _newest(record) or record
    name = _said(taxon, "scientific_name") or _said(
        record, "taxon_scientific_name", "scientific_name"
    )
    found = _category(status)
    words = _said(_dict(status.get("red_list_category")), "description")
    written = _said(status, "red_list_category_code", "category")
    return Head(
        title=name or _other_title(record),
        scientific=bool(name),
        common=_common(record, taxon),
        category=found,
        category_words=words or (found.name if found is not None else written),
        facts=tuple(one for one in _facts(record, status) if one),
        address=_said(status, "url"),
        demo=record.get("source") == "DEMO",
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


def _facts(record: dict[str, Any], status: dict[str, Any]) -> tuple[str, ...]:
    trend = _said(record, "population_trend")
    if isinstance(record.get("population_trend"), dict):
        trend = _said(_dict(record["population_trend"]), "description")
    criteria = _said(status, "criteria")
    latest = status.get("latest")
    scopes = status.get("scopes")
    return (
        _said(status, "year_published", "published_year"),
        f"{_ARROWS.get(trend.lower(), '')} {trend}".strip(),
        f"criteria {criteria}" if criteria else "",
        in_line([one.get("description") for one in scopes if isinstance(one, dict)], _MOST)
        if isinstance(scopes, list)
        else "",
        "" if not isinstance(latest, bool) else "latest" if latest else "not the latest",
    )


def _category(status: dict[str, Any]) -> Category | None:
    by_dict = category(_dict(status.get("red_list_category")).get("code"))
    if by_dict is not None:
        return by_dict
    flat = {**status, "description": in_line(status.get("description"))}
    for column in ("red_list_category_code", "category", "red_list_category", "code"):
        found = category_in(column, flat)
        if found is not None:
            return found
    return None


def _newest(record: dict[str, Any]) -> dict[str, Any] | None:
    """Of a taxon's assessments the one that counts: the latest, of the whole world if there is."""
    listed = record.get("assessments")
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    latest = [one for one in found if one.get("latest") is True]
    for one in latest:
        scopes = one.get("scopes")
        if isinstance(scopes, list) and any(_dict(scope).get("code") == "1" for scope in scopes):
            return one
    return latest[0] if latest else None


def _common(record: dict[str, Any], taxon: dict[str, Any]) -> str:
    listed = taxon.get("common_names", record.get("common_names"))
    names = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    english = [one for one in names if one.get("language") == "eng"]
    for among in ([one for one in names if one.get("main") is True], english, names):
        for one in among:
            if said := _said(one, "name"):
                return said
    return _said(record, "main_common_name")


def _other_title(record: dict[str, Any]) -> str:
    code = _said(record, "code")
    words = _said(record, "description", "name")
    if code and words:
        return f"{code} · {words}"
    for name, what in (("assessment_id", "Assessment "), ("sis_id", "SIS id "), ("input", "")):
        if said := _said(record, name):
            return f"{what}{said}"
    first = next((said for said in map(_said_of, record.values()) if said), "")
    return words or code or first or "A record without a word"


def _said_of(value: Any) -> str:
    return in_line(value, _MOST) if isinstance(value, str | int) else ""


def _said(where: dict[str, Any], *names: str) -> str:
    for name in names:
        value = where.get(name)
        if value is not None and (said := in_line(value, _MOST)):
            return said
    return ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
