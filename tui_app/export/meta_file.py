"""``F.meta.json`` beside an export: where its rows come from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from tui_app import __version__

from .atomic import FileTransaction, is_stream, meta_path, writing

NOTICE: Final = "DEMO: synthetic data with invented names, of no scientific use"
_COUNTED: Final = (
    *("records", "records_total", "pages", "pages_total", "details", "details_total"),
    *("reused", "revalidated", "failed", "lines"),
)


def can_have_meta(path: Path) -> bool:
    """Whether a file beside ``path`` makes sense: not for standard output, pipes and devices."""
    return not is_stream(path) and (path.is_file() or path.is_dir() or not path.exists())


def write_meta(
    path: Path, summary: dict[str, Any], rows: int, *, transaction: FileTransaction | None = None
) -> Path:
    """Write the provenance of the export at ``path``.

    It has what a paper's methods section needs under names of its own (version of the Red
    List, operations and filters, when, how many, what is missing, citation), and all else in
    ``summary``. What is not known is null.

    Args:
        path: the export, a file or a folder.
        summary: of the run it was made from, as ``fetch --json`` prints it.
        rows: how many rows it has.
        transaction: replaces the export as well; None where that is done already.

    Returns:
        Where it was written: beside the export, under its name with ``.meta.json``.

    Raises:
        ExportError: it can't be written.
    """
    beside = meta_path(path)
    name = beside.name.removesuffix(".meta.json")
    said = summary.get
    meta = {
        "file": os.fsencode(name).decode(errors="replace"),
        "rows": rows,
        "written_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "fetched_utc": said("fetched_utc") or said("created_utc") or None,
        "program": f"iucn-tui {__version__}",
        "source": said("source"),
        "base_url": said("replayed_base_url") or said("base_url"),
        "api": said("api"),
        "api_version": said("api_version") or said("api"),
        "red_list_version": said("red_list_version"),
        "operations": [_operation(label) for label in said("operations") or ()],
        "intersect": bool(said("intersect")),
        "method": said("method"),
        "counts": {key: said(key) for key in _COUNTED},
        "complete": said("complete"),
        "missing": _missing(said("errors") or ()),
        "citation": said("citation"),
        "summary": summary,
    }
    if said("replay_of"):
        meta["replay_of"] = said("replay_of")
    if said("source") == "demo":
        meta = {"notice": NOTICE, **meta}
    with writing(beside, transaction) as file:
        file.write(msgspec.json.format(msgspec.json.encode(meta), indent=2).decode())
        file.write("\n")
    return beside


def _operation(label: str) -> dict[str, Any]:
    """``countries/MG?latest=true`` as its path and its parameters, in order, decoded."""
    path, _, query = label.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    return {"path": unquote(path), "parameters": [{"name": n, "value": v} for n, v in pairs]}


def _missing(errors: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: one.get(key) for key in ("request", "kind", "message")} for one in errors]


__all__ = ["NOTICE", "can_have_meta", "write_meta"]
