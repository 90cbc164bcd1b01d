"""A recording: pages as they were answered once and how long each took, in one file.

::

    {"recording":1}
    {"path":"/api/v4/countries/MG?page=1","status":200,"headers":{"total-pages":"89"},
     "delay_s":0.71,"size_bytes":46123}
    (46,123 bytes of body)

A line of JSON begins it, and so does one each page (on one line, other than here): its body
comes after that, as it came, and then a line end. Nothing in it is a token.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, Final, Self

import msgspec
from msgspec import Meta

from .response import JSON_TYPE, AnswerKind, DemoAnswer, Prepared, RequestTarget, error, prepare

_FIRST_LINE: Final = b'{"recording":1}\n'
_LONGEST_LINE: Final = 256 * 1024

# What would end a line of the head early, or is about the connection, is none of an answer's.
_HEADER: Final = r"\A(?!content-length|connection|transfer-encoding)[a-z0-9-]+\Z"
_VALUE: Final = r"\A[ -~\xa0-\xff]*\Z"
_Headers = dict[Annotated[str, Meta(pattern=_HEADER)], Annotated[str, Meta(pattern=_VALUE)]]
_WITHOUT_BODY: Final = {204, 304}


class RecordingError(ValueError):
    """A file is no recording; the text says why, without its end."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A page of a recording, but for its body."""

    # what was asked, from the server's root, with its query
    path: Annotated[str, Meta(pattern=r"\A/[!-~]*\Z")]
    status: Annotated[int, Meta(ge=200, le=599)]  # none of those that have no body
    headers: _Headers  # those that are known, by lower-case name
    # how long the answer takes from the arrival of the request
    delay_s: Annotated[float, Meta(ge=0, le=86_400)]


@dataclass(frozen=True, slots=True)
class _Line(Recorded):
    """What stands before a body."""

    size_bytes: Annotated[int, Meta(ge=0)]


def write_recording(file: IO[bytes], pages: Iterable[tuple[Recorded, bytes]]) -> int:
    """Write a recording, pages with their bodies, and flush it; returns how many pages it has.

    Raises OSError where the file can't be written.
    """
    count = 0
    file.write(_FIRST_LINE)
    for page, body in pages:
        line = msgspec.to_builtins(page)
        line["headers"] = {
            name: value
            for name, value in page.headers.items()
            if re.match(_HEADER, name) and re.match(_VALUE, value)
        }
        line["size_bytes"] = len(body)
        file.write(msgspec.json.encode(line) + b"\n" + body + b"\n")
        count += 1
    file.flush()
    return count


class Recording:
    """A recording, open to be read: of its pages it holds everything but the bodies.

    Those are read when they are requested: the system's cache keeps them better. Raises OSError
    and RecordingError where the file can't be read, or is none.
    """

    def __init__(self, path: Path) -> None:
        self._places: dict[str, tuple[_Line, int]] = {}  # with where the body is
        with ExitStack() as undo:
            self._file = undo.enter_context(path.open("rb"))
            self._index()
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def page(self, target: RequestTarget) -> tuple[Recorded, bytes] | None:
        """The page that is asked for, and its body; None where it was not recorded.

        Raises OSError where the file can't be read any more.
        """
        place = self._places.get(target.page_key())
        if place is None:
            return None
        page, start = place
        body = os.pread(self._file.fileno(), page.size_bytes, start)
        if len(body) < page.size_bytes:
            raise OSError("the recording was cut off")
        return page, body

    async def find(self, target: str) -> Prepared:
        """The recorded answer to a target, with its measured delay; 404 if none was recorded."""
        wanted = RequestTarget.read(target)
        try:
            found = self.page(wanted)
        except OSError:
            return prepare(error(500, "The recording can't be read any more"))
        if found is None:
            return prepare(error(404, "Not found"))
        page, body = found
        answer = DemoAnswer(page.status, body, AnswerKind.PAGE)
        headers = {"content-type": JSON_TYPE, **page.headers}
        etag = page.headers.get("etag")
        return Prepared(answer, wanted.page_key(), page.delay_s, tuple(headers.items()), etag)

    def _index(self) -> None:
        """Note where each page's body is."""
        file = self._file
        file.seek(0)  # one that was handed over open may stand at its end
        size_bytes = os.fstat(file.fileno()).st_size
        if file.read(len(_FIRST_LINE)) != _FIRST_LINE:
            raise RecordingError("it is no recording")
        while line := file.readline(_LONGEST_LINE):
            number = len(self._places) + 1
            try:
                page = msgspec.json.decode(line, type=_Line)
            except (msgspec.MsgspecError, RecursionError, UnicodeError):
                page = None
            if page is None or page.status in _WITHOUT_BODY:
                raise RecordingError(f"what stands before page {number} can't be read")
            start = file.tell()
            if start + page.size_bytes > size_bytes:
                raise RecordingError(f"page {number} is cut off")
            file.seek(start + page.size_bytes)
            if file.read(1) != b"\n":
                raise RecordingError(f"page {number} is not as long as it says")
            key = RequestTarget.read(page.path).page_key()
            self._places.setdefault(key, (page, start))
