"""``F.meta.json`` beside an export: where its rows come from."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tui_app import __version__

from .atomic import writing


def write_meta(path: Path, summary: dict[str, Any], rows: int) -> Path:
    """Write the provenance of the export at ``path``.

    Args:
        path: the export.
        summary: of the run it was made from.
        rows: how many rows it has.

    Returns:
        Where it was written: the export's name with ``.meta.json``.

    Raises:
        ExportError: it can't be written.
    """
    beside = path.with_name(path.name + ".meta.json")
    meta = {
        "file": os.fsencode(path.name).decode(errors="replace"),
        "rows": rows,
        "written_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "program": f"iucn-tui {__version__}",
        "summary": summary,
        "citation": summary.get("citation"),
    }
    if summary.get("source") == "demo":
        meta = {"notice": "DEMO: synthetic data with invented names, of no scientific use", **meta}
    with writing(beside) as file:
        file.write(msgspec.json.format(msgspec.json.encode(meta), indent=2).decode())
        file.write("\n")
    return beside
