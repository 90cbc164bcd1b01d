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
from collections.abc import Iterator, Mapping
from io import BytesIO
from operator import attrgetter
from typing import Any, Final

import msgspec

from .errors import CutOff, Malformed, TooLarge
from .operations import PAGE_SIGNS, SEARCH_ROWS, Kind, Operation
from .text import plain_text

Record = dict[str, Any]
"""A row as it arrived: every field, under its own name."""

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Limit of one body, unpacked. The largest known answer (v3's pages) is 3 MB."""

_TITLE: Final = re.compile(r"(?is)<title[^>]*>(.*?)</title>")

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


_ROW_ID: Final = attrgetter("assessment_id")


class SearchPage(msgspec.Struct, gc=False):
    """A page of ``assessment_search``."""

    assessment_ids: list[int | None] | None


UNSAID: Final = msgspec.Raw()


def _signed(page: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    """A decoder of a page with what it says of itself besides its rows, each key undecoded."""
    signs = [(key, msgspec.Raw, UNSAID) for key in PAGE_SIGNS]
    return msgspec.json.Decoder(
        msgspec.defstruct(f"{page.__name__}Signed", signs, bases=(page,), gc=False)
    )


_V4_PAGE: Final = _signed(AssessmentsPage)
_SEARCH_PAGE: Final = _signed(SearchPage)


class Paging(msgspec.Struct, frozen=True, gc=False):
    """What the headers say of the whole list; None where they don't."""

    total_pages: int | None = None
    total_count: int | None = None
    page_items: int | None = None


def paging(headers: Mapping[str, str]) -> Paging:
    """Read a page's headers. Names are matched in lower case; nonsense counts as absent."""
    total_pages = header_number(headers, "total-pages")
    total_count = header_number(headers, "total-count")
    return Paging(total_pages, total_count, header_number(headers, "page-items"))


def header_number(headers: Mapping[str, str], name: str) -> int | None:
    """The number in a header; None where there is none, or nonsense."""
    text = headers.get(name)
    if text is None:
        return None
    text = text.strip()
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


def count_rows(page: AssessmentsPage | SearchPage) -> int:
    """How many rows a page has, as :func:`listed_ids` counts them."""
    if isinstance(page, SearchPage):
        return len(listed_ids(page))
    return len([*filter(None, page.assessments or ())])  # ten times as fast as asking each


def listed_ids(page: AssessmentsPage | SearchPage) -> tuple[int, ...]:
    """The assessments of a page in its order; null, in place of the list or of a row, is none."""
    if isinstance(page, SearchPage):
        return tuple(one for one in page.assessment_ids or () if one is not None)
    return tuple(map(_ROW_ID, filter(None, page.assessments or ())))


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


def objects(value: Any) -> Iterator[Record]:
    """The objects of a list; none of anything else, and nothing for what is null in it."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


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
