"""JSON Lines: one record a line, nested as it arrived."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from tui_app.redlist import Record

from .atomic import Exported, FileTransaction, writing

# JSON allows them bare in a text, and many readers of lines (Python's splitlines, for one) break
# there.
_LINE_ENDS: Final = {
    end.encode(): f"\\u{ord(end):04x}".encode() for end in ("\x85", "\u2028", "\u2029")
}


def write_jsonl(
    path: Path, records: Iterable[Record], *, transaction: FileTransaction | None = None
) -> Exported:
    """Write records as they come; memory doesn't grow with their number."""
    encode = msgspec.json.Encoder().encode
    count = size = 0
    with writing(path, transaction) as file:
        for record in records:
            line = encode(record)
            if any(end in line for end in _LINE_ENDS):
                for end, escaped in _LINE_ENDS.items():
                    line = line.replace(end, escaped)
            file.write(line.decode())
            file.write("\n")
            count += 1
            size += len(line) + 1
    return Exported(path, count, size)
