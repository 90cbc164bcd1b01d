"""From the bytes of an answer to rows: what is new is kept.

Two steps, so that a fetch pays only for the first. :func:`tui_app.redlist.validation.check_body`
reads a body through a msgspec Struct that names nothing but what must hold, and counts its rows:
3 MB take 5 ms, against 23 ms with every field. :func:`records` gives the rows with every field
under its own name, when somebody looks at them or exports them.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from .errors import CutOff, Malformed, TooLarge
from .operations import PAGE_SIGNS, SEARCH_ROWS, Kind, Operation, Params
from .text import plain_text, visible

T = TypeVar("T", bound=Hashable)

Record = dict[str, Any]
"""A row as it arrived: every field, under its own name."""

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Limit of one body, unpacked. The largest known answer (v3's pages) is 3 MB."""

_TITLE: Final = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_LATEST: Final = ("latest", "true")
_GLOBAL: Final = "1"
"""The scope of an assessment of the whole taxon."""
_GLOBAL_NAME: Final = "Global"
_SCOPES_NAMED: Final = 2
_SCOPE_CHARACTERS: Final = 40
"""Of a scope's name in a sentence."""

GZIP_MAGIC: Final = b"\x1f\x8b"

_ENCODINGS: Final = ("br", "zstd", "compress", "x-compress", "dcb", "dcz")

MOST_PACKED: Final = 1040
"""Times that DEFLATE can make a body smaller, at most (1,032, and its frame)."""

PIECE_BYTES: Final = 1 << 20
"""Unpacked, and looked at, in pieces of this size."""


class AssessmentRow(msgspec.Struct, gc=False):
    """What every row of a list of assessments has."""

    assessment_id: int


class AssessmentsPage(msgspec.Struct, gc=False):
    """A page of a list of assessments."""

    assessments: list[AssessmentRow | None] | None


class SearchPage(msgspec.Struct, gc=False):
    """A page of ``assessment_search``."""

    assessment_ids: list[int | None] | None


UNSAID: Final = msgspec.Raw()


class _Assessments(msgspec.Struct, gc=False):
    assessments: list[dict[str, Any] | None] | None = None


def _signed(page: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    """A decoder of a page with what it says of itself besides its rows, each key undecoded."""
    signs = [(key, msgspec.Raw, UNSAID) for key in PAGE_SIGNS]
    return msgspec.json.Decoder(
        msgspec.defstruct(f"{page.__name__}Signed", signs, bases=(page,), gc=False)
    )


_ASSESSMENTS: Final = msgspec.json.Decoder(_Assessments)
_V4_PAGE: Final = _signed(AssessmentsPage)
_SEARCH_PAGE: Final = _signed(SearchPage)


@dataclass(frozen=True, slots=True)
class Paging:
    """What the headers say of the whole list; None where they don't."""

    total_pages: int | None = None
    total_count: int | None = None
    page_items: int | None = None


def paging(headers: Mapping[str, str]) -> Paging:
    """Read a page's headers. Names are matched in lower case; nonsense counts as absent."""
    return Paging(
        *(header_number(headers, name) for name in ("total-pages", "total-count", "page-items"))
    )


def header_number(headers: Mapping[str, str], name: str) -> int | None:
    """The number in a header; None where there is none, or nonsense."""
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def unpacked_size(body: bytes, encoding: str, limit: int = MAX_BODY_BYTES) -> int:
    """How large a body may be when :func:`inflate` has unpacked it, ``limit`` at most.

    gzip says so at its end, and is held to it; what stands there is something else where several
    members follow each other, or other bytes.
    """
    encoding = encoding.strip().lower() if encoding else ""
    if encoding in ("", "identity"):
        return len(body)
    if encoding in ("gzip", "x-gzip") and body.find(GZIP_MAGIC + b"\x08", 2) < 0:
        told = int.from_bytes(body[-4:], "little")
        if told >= len(body) // 2:
            return min(told, limit)
    return min(len(body) * MOST_PACKED, limit)


def inflate(body: bytes, encoding: str, label: str, limit: int = MAX_BODY_BYTES) -> bytes:
    """Undo a Content-Encoding, never growing past ``limit`` bytes, nor past what a body says.

    Raises:
        TooLarge: it would.
        CutOff: the packed stream ends early.
        Malformed: it isn't what the header says, or an encoding that was not asked for.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        if len(body) > limit:
            raise TooLarge(label, f"the body is larger than {limit // 2**20} MB")
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        # A server may put anything there, a token in lower case too: known names alone are shown.
        named = f" '{encoding}'" if encoding in _ENCODINGS else ""
        raise Malformed(label, f"unknown content encoding{named}")
    # 32 + MAX_WBITS reads gzip and zlib alike; some servers send deflate without its header.
    raw = encoding == "deflate" and not (body[:1] and body[0] & 0x0F == 8)
    told = unpacked_size(body, encoding, limit)
    out = BytesIO()  # grows in place: pieces that are joined would be there twice
    more = True
    while more:
        unpack = zlib.decompressobj(-zlib.MAX_WBITS if raw else 32 + zlib.MAX_WBITS)
        ended = False
        while not ended:
            try:
                piece = unpack.decompress(body, min(PIECE_BYTES, limit + 1 - out.tell()))
            except zlib.error as error:
                raise Malformed(
                    label, f"the {encoding} body can't be unpacked ({error})"
                ) from error
            body, ended = unpack.unconsumed_tail, unpack.eof
            if not (piece or body or ended):
                raise CutOff(label, f"the {encoding} body is cut off")
            # A gzip stream may have several members (RFC 1952, 2.2); other bytes are none.
            more = not ended or unpack.unused_data.startswith(GZIP_MAGIC)
            if not more and not out.tell() and len(piece) <= told:
                return piece  # as most bodies are
            out.write(piece)
            if out.tell() > limit:
                raise TooLarge(label, f"the body unpacks to more than {limit // 2**20} MB")
            if out.tell() > told:
                raise Malformed(label, f"the {encoding} body is larger than it says")
        body = unpack.unused_data
    return out.getvalue()


def decode_page(operation: Operation, body: bytes) -> AssessmentsPage | SearchPage:
    """A page of a v4 list: what must hold of it, and undecoded what it says of itself."""
    decoder: Any = _SEARCH_PAGE if operation.rows_key == SEARCH_ROWS else _V4_PAGE
    page: AssessmentsPage | SearchPage = decoder.decode(body)
    return page


def listed_ids(page: AssessmentsPage | SearchPage) -> tuple[int, ...]:
    """The assessments of a page in its order; null, in place of the list or of a row, is none."""
    if isinstance(page, SearchPage):
        return tuple(one for one in page.assessment_ids or () if one is not None)
    return tuple(row.assessment_id for row in page.assessments or () if row is not None)


def records(operation: Operation, body: bytes) -> list[Record]:
    """The rows of a checked body, with every field; one thing is one row.

    A list of plain strings (the taxa lists) becomes one column named in the singular.
    """
    return rows_of(operation, decode_json(body))


def decode_json(body: bytes) -> Any:
    """Any JSON, also with numbers beyond a double; else msgspec.DecodeError, ValueError."""
    try:
        return msgspec.json.decode(body)
    except msgspec.ValidationError:
        # A number beyond a double (1e999) is JSON all the same: keep the page.
        msgspec.json.decode(body, type=msgspec.Raw)  # strict where json isn't: NaN, surrogates
        return json.loads(
            body, parse_int=lambda digits: (int if len(digits) < 1000 else float)(digits)
        )


def rows_of(operation: Operation, data: Any) -> list[Record]:
    """The rows of a decoded body; else msgspec.ValidationError."""
    if not isinstance(data, dict):
        if isinstance(data, list):
            return _as_rows(operation.stem, data)
        raise msgspec.ValidationError(f"Expected an object, got {type(data).__name__}")
    rows: Any = data if operation.rows_key is None else data.get(operation.rows_key)
    if operation.rows_key in data and rows is None:
        return []
    if operation.kind is Kind.CODES and not isinstance(rows, list):
        # Keys are "usually the plural of the path": take the one list there is.
        lists = [value for value in data.values() if isinstance(value, list)]
        if len(lists) != 1:
            raise msgspec.ValidationError(f"Expected a list under '{operation.rows_key}'")
        rows = lists[0]
    if isinstance(rows, list):
        return _as_rows(operation.rows_key or operation.stem, rows)
    return [data]


def assessment_ids(operation: Operation, body: bytes, only: Params = ()) -> tuple[int, ...]:
    """Ids of the assessments that a checked body lists, in its order.

    ``only`` are filters that choose among the assessments of a taxon (``latest``, ``scope_code``,
    ``year_published``), because the API takes none for a taxon. With ``latest=true`` exactly one
    is chosen: see :func:`preferred`.
    """
    if not operation.lists_assessments:
        return ()
    if operation.paged:
        return listed_ids(decode_page(operation, body))
    try:
        rows = _ASSESSMENTS.decode(body).assessments
    except msgspec.MsgspecError:  # a taxon without a list that could be read: its row is kept
        return ()
    found = (row.get("assessment_id") for row in chosen(objects(rows), only))
    return tuple(one for one in found if isinstance(one, int) and not isinstance(one, bool))


def first_seen(
    ids: Sequence[object], seen: set[object], wanted: Container[object] | None = None
) -> list[int]:
    """Places of the ids that were not seen before; of the wanted ones. Adds them to the seen."""
    places = []
    for place, one in enumerate(ids):
        if one not in seen and (wanted is None or one in wanted):
            seen.add(one)
            places.append(place)
    return places


def chosen(assessments: Iterable[Record], only: Params) -> list[Record]:
    """Those of a taxon's assessments that pass filters; with ``latest=true`` the preferred one."""
    if _LATEST in only:
        best = preferred(assessments, only)
        return [] if best is None else [best]
    return [row for row in assessments if passes(row, only)]


def preferred(assessments: Iterable[Record], only: Params = ()) -> Record | None:
    """Of a taxon's assessments, the one that is its status; None if there is none.

    That is the latest one of global scope, else the latest one, else the one published last;
    among equals a global one, then the first listed. ``latest`` is per scope, so that a taxon
    may have several latest assessments, and some taxa have none. ``only`` it has to pass, but for
    ``latest``.
    """
    wanted = tuple(one for one in only if one[0] != "latest")
    rows = (row for row in assessments if passes(row, wanted))
    return max(rows, key=_standing, default=None)


def taxon_id(row: Record) -> int | str | None:
    """The taxon that a row is of; None where it names none."""
    taxon = row.get("sis_taxon_id")
    return taxon if isinstance(taxon, int | str) else None


def one_per_taxon(rows: Iterable[tuple[T, Hashable, Record]]) -> set[T]:
    """Which of these rows are their taxa's status, see :func:`preferred`.

    A row comes after what it is known by and its taxon. Rows whose taxon is None are all chosen.
    """
    chosen: set[T] = set()
    best: dict[Hashable, tuple[tuple[bool, bool, int, bool], T]] = {}
    for name, taxon, row in rows:
        if taxon is None:
            chosen.add(name)
            continue
        standing = _standing(row)
        if taxon not in best or standing > best[taxon][0]:
            best[taxon] = standing, name
    chosen.update(name for _, name in best.values())
    return chosen


class SeveralLatest(NamedTuple):
    """Taxa with more than one latest assessment, because ``latest`` is per scope."""

    taxa: int
    scopes: tuple[str, ...]  # of these assessments: Global, then the most frequent

    def __str__(self) -> str:
        """In words: ``312 taxa have more than one latest assessment (Global, Europe…).``."""
        have = "taxon has" if self.taxa == 1 else "taxa have"
        more = "…" if len(self.scopes) > _SCOPES_NAMED else ""
        named = f" ({', '.join(self.scopes[:_SCOPES_NAMED])}{more})" if self.scopes else ""
        return f"{self.taxa:,} {have} more than one latest assessment{named}."


def several_latest(rows: Iterable[Record]) -> SeveralLatest:
    """Count the taxa that have several latest assessments among these rows."""
    latest: dict[int | str, tuple[tuple[object, tuple[str, ...]], ...]] = {}
    same: dict[tuple[str, ...], tuple[str, ...]] = {}  # a list has few different scopes
    for row in rows:
        taxon, one = taxon_id(row), row.get("assessment_id")
        if taxon is None or not _is_latest(row):
            continue
        known = latest.get(taxon, ())
        if all(one != other for other, _ in known):  # several operations may list it
            scopes = tuple(_scope_name(scope) for scope in objects(row.get("scopes")))
            latest[taxon] = (*known, (one, same.setdefault(scopes, scopes)))
    several = [found for found in latest.values() if len(found) > 1]
    counts = Counter(scope for found in several for _, scopes in found for scope in scopes)
    ordered = sorted(counts, key=lambda scope: (scope != _GLOBAL_NAME, -counts[scope], scope))
    return SeveralLatest(len(several), tuple(ordered))


def _scope_name(scope: Record) -> str:
    description = scope.get("description")
    name = description.get("en") if isinstance(description, dict) else None
    return visible(str(name or scope.get("code")), _SCOPE_CHARACTERS)


def _is_latest(row: Record) -> bool:
    return str(row.get("latest")).lower() == "true"


def _standing(row: Record) -> tuple[bool, bool, int, bool]:
    latest = _is_latest(row)
    everywhere = any(str(scope.get("code")) == _GLOBAL for scope in objects(row.get("scopes")))
    return latest and everywhere, latest, year_of(row), everywhere


def year_of(assessment: Record) -> int:
    """The year in which an assessment was published; 0 where that is no year."""
    year = str(assessment.get("year_published")).strip()
    return int(year) if year.isascii() and year.isdigit() and len(year) < 10 else 0


_BY_THREAT: Final = "LC LR/lc,NT LR/nt LR/cd,VU,EN,CR,CR(PEW),CR(PE),RE,EW,EX"
THREAT: Final = {
    code: rank for rank, codes in enumerate(_BY_THREAT.split(",")) for code in codes.split()
}
"""Categories by threat, the least first; DD, NE and those from before 1994 have no rank."""


def category_pe(assessment: Record) -> str | None:
    """The category with its flags, as index calculations want it: ``CR(PE)``, ``CR(PEW)``.

    Of a row of a list and of a full assessment; other categories are as the API says.
    """
    full = assessment.get("red_list_category")
    code = assessment.get("red_list_category_code") or (
        full.get("code") if isinstance(full, dict) else None
    )
    if not isinstance(code, str):
        return None
    for flag, mark in (("possibly_extinct", "PE"), ("possibly_extinct_in_the_wild", "PEW")):
        if code == "CR" and str(assessment.get(flag)).lower() == "true":
            return f"{code}({mark})"
    return code


def objects(value: Any) -> Iterator[Record]:
    """The objects of a list; none of anything else, and nothing for what is null in it."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def passes(row: Record, only: Params) -> bool:
    """Whether a row of a taxon's assessments passes filters as the API would apply them."""
    for name, wanted in only:
        if name == "scope_code":
            if wanted not in (str(scope.get("code")) for scope in objects(row.get("scopes"))):
                return False
        elif str(row.get(name)).lower() != wanted.lower():
            return False
    return True


def _as_rows(key: str, items: list[Any]) -> list[Record]:
    """The items of a list as rows: a plain value stands under the key's singular, null is none."""
    name = key.removesuffix("s")
    return [item if isinstance(item, dict) else {name: item} for item in items if item is not None]


def error_message(body: bytes) -> str:
    """The ``error`` of a JSON body (``Not found``), or nothing; at most 200 characters."""
    try:
        said = msgspec.json.decode(body[:10_000])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    told = [said.get(key) for key in ("error", "message")] if isinstance(said, dict) else []
    return next((one[:200] for one in told if isinstance(one, str)), "")


def first_words(body: bytes) -> str:
    """How the text of an error page begins, at most 80 characters; its title where it has one."""
    text = body[:10_000].decode("utf-8", "replace")
    if title := _TITLE.search(text):
        text = title[1]
    words = " ".join(plain_text(text).split())
    return words if len(words) <= 80 else words[:80].rpartition(" ")[0] + "…"
