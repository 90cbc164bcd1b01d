"""JSON Lines: one record a line, nested as it arrived."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from tui_app.redlist import Record

from .atomic import Exported, writing


def write_jsonl(path: Path, records: Iterable[Record]) -> Exported:
    """Write records as they come.

    Raises:
        ExportError: it can't be written.
    """
    encode = msgspec.json.Encoder().encode
    count = size = 0
    with writing(path) as file:
        for record in records:
            line = encode(record)
            file.write(line.decode())
            file.write("\n")
            count += 1
            size += len(line) + 1
    return Exported(path, count, size)
