"""Whether an answer is what its request asks for: what must hold is checked, what is new is kept.

A connection that is one answer behind, or a cache that mixes up its entries, gives good answers to
other requests, so the two are compared wherever the answer says what it is. What an answer does
not say is not held against it: fields come and go.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any, Final

import msgspec

from .decode import (
    PIECE_BYTES,
    UNSAID,
    AssessmentRow,
    count_rows,
    decode_json,
    decode_page,
    header_number,
    objects,
    records,
    rows_of,
)
from .errors import Malformed, TokenRefused
from .names import NAME_PARTS
from .operations import CODE_HEADS, OPERATIONS, PAGE_SIGNS, Kind, Operation, Target
from .text import bare, visible

TOKEN_NOT_VALID: Final = "Token not valid!"  # noqa: S105 - what the server says
"""v3 says 200 and this message where v4 says 401."""

_SMALL: Final = ("count", "api_version", "red_list_version")
_OWN_KEYS: Final = frozenset(
    {one.rows_key for one in OPERATIONS if one.kind is Kind.CODES and one.rows_key} | {*_SMALL}
)
_OF_LISTS: Final = _OWN_KEYS | CODE_HEADS.keys() | {"filters"}
_ONLY_OF: Final = frozenset(
    {one.takes for one in OPERATIONS if one.stem.startswith("taxa/") and one.kind is Kind.PAGED}
    - {None}
    | {"filter_on"}
)
"""Filters that only those lists have which are asked for by them."""
_RELATIVES: Final = ("synonyms", "species_taxa", "subpopulation_taxa", "infrarank_taxa")
_SIGNS_OF: Final = attrgetter(*PAGE_SIGNS)
_PARTS: Final = re.compile(r"[\W_]+")
_ENDING: Final = re.compile(r"(?:us|um|is|ii|ae|er|or|os|on|es|a|e|i)$")
_SHOWN: Final = 60
"""Characters of a server's text in a message."""


class _V3Row(msgspec.Struct, gc=False):
    taxonid: int


class _V3Page(msgspec.Struct, gc=False):
    result: list[_V3Row | None] | None
    page: msgspec.Raw = UNSAID


_V3_PAGE: Final = msgspec.json.Decoder(_V3Page)
_V4_ROW: Final = msgspec.json.Decoder(AssessmentRow)


def check_body(
    operation: Operation,
    body: bytes,
    label: str,
    target: Target | None = None,
    page: int | None = None,
) -> int:
    """Check that an unpacked body is what ``operation`` answers; gives how many rows it has.

    It is compared with ``target``, if that is given, and v3's with ``page``: of v4, a header tells
    that (:func:`check_page`). ``label`` is the request in words, for errors.

    Raises:
        Malformed: it isn't, or it answers another request; says why.
        TokenRefused: it is v3's message of a bad token.
    """
    if not body:
        raise Malformed(label, "the body is empty")
    try:
        # Struct decoding skips unknown strings without reading them: UTF-8 is checked here.
        _check_utf8(body)
        if operation.api == "v3":
            return _check_v3(operation, body, label, page)
        if operation.kind is Kind.PAGED:
            found = decode_page(operation, body)
            raws = zip(PAGE_SIGNS, _SIGNS_OF(found), strict=True)
            said = {key: _lenient(raw) for key, raw in raws if raw is not UNSAID}
            _check_answers(target, said, label)
            return count_rows(found)
        if operation.row_id is not None:
            row = _V4_ROW.decode(body)
            _check_answers(target, {"assessment_id": row.assessment_id}, label)
            return 1
        data = decode_json(body)
        if isinstance(data, dict):
            _check_answers(target, data, label)
        return len(rows_of(operation, data))
    except UnicodeDecodeError as error:
        raise Malformed(label, f"the body is not UTF-8 (byte {error.start})") from error
    except msgspec.MsgspecError as error:
        raise Malformed(label, _why(body, error)) from error
    except RecursionError as error:
        raise Malformed(label, "the JSON is nested too deeply") from error


def _check_utf8(body: bytes) -> None:
    """Raise UnicodeDecodeError where a body is not UTF-8; its start is counted from the body's.

    In pieces: as text it would be there once more, or 4 times.
    """
    if body.isascii():
        return
    decoder = getincrementaldecoder("utf-8")()
    for start in range(0, len(body), PIECE_BYTES):
        end = start + PIECE_BYTES
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(body[start:end], final=end >= len(body))
        except UnicodeDecodeError as error:
            at = start - pending + error.start
            raise UnicodeDecodeError("utf-8", body, at, at + 1, error.reason) from None


def check_page(headers: Mapping[str, str], page: int, label: str) -> None:
    """Raise Malformed where a page's headers say that it is another one than was asked for."""
    found = header_number(headers, "current-page")
    if found is not None and found != page:
        raise Malformed(label, f"the answer is page {found}")


def _lenient(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):  # beyond a double: no code, nor a number
        return None


def _check_answers(target: Target | None, said: Mapping[str, Any], label: str) -> None:
    """Check that an answer with these keys and values can be the one that was asked for."""
    if target is None:
        return
    operation, other = target.operation, ""
    if operation.kind is Kind.PAGED:
        other = _other_list(target, said)
    elif operation.gives_assessment:
        found = said.get("assessment_id")
        other = "" if _same_number(found, target.value) else f"assessment {_shown(found)}"
    elif operation.kind is Kind.RECORD:
        other = _other_taxon(target, said)
    else:
        other = _other_sort(operation, said)
    if other:
        raise Malformed(label, f"the answer is {other}")


def _check_v3(operation: Operation, body: bytes, label: str, page: int | None) -> int:
    if len(body) < 1000:  # the message is 30 bytes; pages are megabytes
        said = msgspec.json.decode(body)
        if isinstance(said, dict) and "message" in said and "result" not in said:
            if said["message"] == TOKEN_NOT_VALID:
                raise TokenRefused(label, TOKEN_NOT_VALID, 200)
            raise Malformed(label, f"the server says '{str(said['message'])[:100]}'")
    if operation.kind is not Kind.PAGED:
        return len(records(operation, body))
    found = _V3_PAGE.decode(body)
    if page is not None and found.page is not UNSAID:
        number = str(_lenient(found.page))[:20]
        if number.isascii() and number.isdigit() and int(number) != page:
            raise Malformed(label, f"the answer is page {number}")
    return sum(row is not None for row in found.result or ())


def _why(body: bytes, error: Exception) -> str:
    start = body.lstrip()[:15].lower()
    if start.startswith((b"<!doctype", b"<html")):
        return "a web page came instead of JSON"
    return f"not a response of this operation ({error})"


def _other_list(target: Target, said: Mapping[str, Any]) -> str:
    filters = said.get("filters")
    if not isinstance(filters, dict):
        if "taxon" in said and filters is None:
            return "a taxon"
        filters = {}
    stem, heads = target.operation.stem, [key for key in said if key in CODE_HEADS]
    own = [said[key] for key in heads if CODE_HEADS[key] == stem]
    codes = [code for head in own for code in _codes(head)]
    if codes and not any(_alike(one, target.value) for one in codes):
        return f"{stem}/{_shown(codes[0])}"
    if heads and not own and target.operation.takes not in filters:
        return f"a list of {CODE_HEADS[min(heads)]}"
    return _other_filters(target, filters) if filters else ""


def _codes(head: Any) -> Iterator[str]:
    """The codes in a list's head: one, or those of a category in several versions."""
    for one in head if isinstance(head, list) else [head]:
        code = one.get("code", one.get("name")) if isinstance(one, dict) else None
        if isinstance(code, str | int):
            yield str(code)


def _other_filters(target: Target, filters: Mapping[str, Any]) -> str:
    """Filters are echoed as they were sent; a taxon's rank and name are among them."""
    operation = target.operation
    asked: dict[str, list[str]] = {}
    if operation.takes is not None and target.value is not None:
        asked[operation.takes] = [target.value]
    for name, value in target.params:
        if name in operation.filters or name in operation.required:
            asked.setdefault(name.removesuffix("[]"), []).append(value)
    for name, echo in filters.items():
        values = echo if isinstance(echo, list) else [echo]
        if not values or not all(isinstance(one, str | int) and one != "" for one in values):
            continue
        expected = asked.get(name, [] if name in _ONLY_OF else values)
        if {_plain(one) for one in values} != {_plain(one) for one in expected}:
            return f"a list with {_shown(name)}={_shown(values[0])}"
    return ""


def _other_taxon(target: Target, said: Mapping[str, Any]) -> str:
    if "assessment_id" in said and "assessments" not in said:
        return "a full assessment"
    if "taxon" not in said and not _OF_LISTS.isdisjoint(said):
        return "not a taxon"
    taxon = said.get("taxon")
    taxon = taxon if isinstance(taxon, dict) else {}
    if target.value is not None:
        found = said.get("sis_id", taxon.get("sis_id"))
        if not isinstance(found, str | int) or _same_number(found, target.value):
            return ""
        return f"taxon {_shown(found)}"
    asked = {name: value for name, value in target.params if name in NAME_PARTS and value.strip()}
    echo = said.get("params")
    if isinstance(echo, dict) and isinstance(echo.get("genus_name"), str):
        # What it was asked tells more than the name it gives: that may be a synonym's.
        given = {name: echo[name] for name in NAME_PARTS if isinstance(echo.get(name), str)}
        wrong = any(one and not _alike(one, asked.get(name)) for name, one in given.items())
        return _shown(" ".join(given.values())) if wrong else ""
    if not taxon or _related(asked, taxon):
        return ""
    return _shown(taxon.get("scientific_name"))


def _related(asked: Mapping[str, str], taxon: Mapping[str, Any]) -> bool:
    """Whether a taxon may be what was asked for by name: it, or a relative, shares a word of it."""
    genus, species = _plain(asked.get("genus_name", "")), _stem(asked.get("species_name", ""))
    names: list[Mapping[str, Any]] = [taxon]
    for key in _RELATIVES:
        names += objects(taxon.get(key))
    told = False
    for one in names:
        words = [one.get("genus_name"), one.get("species_name")]
        text = one.get("scientific_name", one.get("name"))
        words += text.split()[:2] if isinstance(text, str) else ()
        for word in filter(None, words):
            if isinstance(word, str):
                told = True
                if _plain(word) == genus or _stem(word) == species:
                    return True
    return not told


def _other_sort(operation: Operation, said: Mapping[str, Any]) -> str:
    """Of code lists and small answers: another's key in the place of their own."""
    own = operation.path.rpartition("/")[2] if operation.rows_key is None else operation.rows_key
    # Of what a server says of itself, only the value under its own name is ever used.
    if not operation.path.startswith("information/"):
        for key, what in (("assessment_id", "a full assessment"), ("taxon", "a taxon")):
            if key in said:
                return what
        if "assessments" in said and (own != "assessments" or "filters" in said):
            return "a list of assessments"
    other = sorted(_OWN_KEYS & said.keys() - {own})
    return _shown(other[0]) if other and own not in said else ""


def _same_number(found: Any, asked: str | None) -> bool:
    return str(found) == ((asked or "").lstrip("0") or "0")


def _alike(one: str, other: str | None) -> bool:
    return one == other or _plain(one) == _plain(other or "")


def _plain(value: str | int) -> str:
    """A code, name or filter for comparing: in any case, whatever parts its words."""
    return bare(_PARTS.sub(" ", str(value)))


def _stem(epithet: str) -> str:
    """An epithet without its ending, which follows its genus: ``albus``, ``alba``."""
    return _ENDING.sub("", _plain(epithet))


def _shown(text: Any) -> str:
    return visible(str(text), _SHOWN)
