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

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any, Final, Self

from .answer import JSON_TYPE, AnswerKind, DemoAnswer, Prepared, RequestTarget, error, prepare

_FIRST_LINE: Final = b'{"recording":1}\n'
_LONGEST_LINE: Final = 256 * 1024
_LONGEST_DELAY_S: Final = 86_400.0

# What would end a line of the head early, or is about the connection, is none of an answer's.
_HEADER: Final = re.compile(r"(?!content-length|connection|transfer-encoding)[a-z0-9-]+")
_VALUE: Final = re.compile(r"[ -~\xa0-\xff]*")
_PATH: Final = re.compile(r"/[!-~]*")
_WITHOUT_BODY: Final = {204, 304}


class RecordingError(ValueError):
    """A file is no recording; the text says why, without its end."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A page of a recording, but for its body."""

    path: str  # what was asked, from the server's root, with its query
    status: int  # none of those that have no body
    headers: Mapping[str, str]  # those that are known, by lower-case name
    delay_s: float  # how long the answer takes from the arrival of the request


def write_recording(file: IO[bytes], pages: Iterable[tuple[Recorded, bytes]]) -> int:
    """Write a recording, pages with their bodies, and flush it; returns how many pages it has.

    Raises OSError where the file can't be written.
    """
    count = 0
    file.write(_FIRST_LINE)
    for page, body in pages:
        headers = {name: text for name, text in page.headers.items() if _may_go(name, text)}
        line = {**asdict(replace(page, headers=headers)), "size_bytes": len(body)}
        file.write(json.dumps(line).encode() + b"\n" + body + b"\n")
        count += 1
    file.flush()
    return count


def _may_go(name: str, value: str) -> bool:
    return bool(_HEADER.fullmatch(name) and _VALUE.fullmatch(value))


class Recording:
    """A recording, open to be read: of its pages it holds everything but the bodies."""

    def __init__(self, path: Path) -> None:
        """Open the file at *path*; raises RecordingError where it is none, or can't be read."""
        self._places: dict[str, tuple[Recorded, int, int]] = {}  # with where the body is, its size
        with ExitStack() as undo:
            try:
                self._file = undo.enter_context(path.open("rb"))
                self._index()
            except OSError as error:
                raise RecordingError(error.strerror or str(error)) from error
            undo.pop_all()

    def __enter__(self) -> Self:
        """It is open already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the file go."""
        self._file.close()

    def find(self, target: RequestTarget) -> tuple[Recorded, bytes] | None:
        """The page that is asked for, and its body; None where it was not recorded.

        Raises OSError where the file can't be read any more.
        """
        place = self._places.get(target.page_key())
        if place is None:
            return None
        page, start, size_bytes = place
        body = os.pread(self._file.fileno(), size_bytes, start)
        if len(body) < size_bytes:
            raise OSError("the recording was cut off")
        return page, body

    def _index(self) -> None:
        """Note where each page's body is."""
        file = self._file
        file.seek(0)  # one that was handed over open may stand at its end
        size_bytes = os.fstat(file.fileno()).st_size
        if file.read(len(_FIRST_LINE)) != _FIRST_LINE:
            raise RecordingError("it is no recording")
        while line := file.readline(_LONGEST_LINE):
            number = len(self._places) + 1
            page, length = _read_line(line, number)
            start = file.tell()
            if start + length > size_bytes:
                raise RecordingError(f"page {number} is cut off")
            file.seek(start + length)
            if file.read(1) != b"\n":
                raise RecordingError(f"page {number} is not as long as it says")
            key = RequestTarget.read(page.path).page_key()
            self._places.setdefault(key, (page, start, length))


def _read_line(line: bytes, number: int) -> tuple[Recorded, int]:
    try:
        said = json.loads(line)
        page = Recorded(said["path"], said["status"], dict(said["headers"]), float(said["delay_s"]))
        length = said["size_bytes"]
        good = (
            _PATH.fullmatch(page.path)
            and _is_count(page.status, 200, 599)
            and page.status not in _WITHOUT_BODY
            and all(_may_go(name, text) for name, text in page.headers.items())
            and 0 <= page.delay_s <= _LONGEST_DELAY_S
            and _is_count(length, 0, None)
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        good = None
    if not good:
        raise RecordingError(f"what stands before page {number} can't be read")
    return page, length


def _is_count(value: Any, least: int, most: int | None) -> bool:
    return type(value) is int and least <= value and (most is None or value <= most)


class FromRecording:
    """The answers of a recording, each as slow as it was.

    Bodies are read when they are requested and not kept: the system's cache does that better.
    """

    def __init__(self, recording: Recording) -> None:
        """Answers of *recording*."""
        self._recording = recording

    async def find(self, target: str) -> Prepared:
        """The answer to a target; 404 where it was not recorded."""
        wanted = RequestTarget.read(target)
        try:
            found = self._recording.find(wanted)
        except OSError:
            return prepare(error(500, "The recording can't be read any more"))
        if found is None:
            return prepare(error(404, "Not found"))
        page, body = found
        answer = DemoAnswer(page.status, body, AnswerKind.PAGE)
        headers = {"content-type": JSON_TYPE, **page.headers}
        etag = page.headers.get("etag")
        return Prepared(answer, wanted.page_key(), page.delay_s, tuple(headers.items()), etag)
