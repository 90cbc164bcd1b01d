"""Where rows come from: ``F.meta.json`` beside an export, and the citation as BibTeX."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from tui_app import __version__

from .atomic import Exported, FileTransaction, writing
from .destinations import meta_path

NOTICE: Final = "DEMO: synthetic data with invented names, of no scientific use"
_ALL: Final[Mapping[str, Any]] = {}
_COUNTED: Final = (
    *("records", "records_total", "pages", "pages_total", "details", "details_total"),
    *("reused", "revalidated", "failed", "lines"),
)


def write_meta(
    path: Path,
    summary: dict[str, Any],
    rows: int,
    *,
    one_per_taxon: bool = False,
    selection: Mapping[str, Any] = _ALL,
    transaction: FileTransaction | None = None,
) -> Path:
    """Write the :func:`provenance` of the export at ``path``.

    Gives the file: beside the export, under its name with ``.meta.json``.
    """
    beside = meta_path(path)
    meta = provenance(path, summary, rows, one_per_taxon=one_per_taxon, selection=selection)
    with writing(beside, transaction) as file:
        file.write(msgspec.json.format(msgspec.json.encode(meta), indent=2).decode())
        file.write("\n")
    return beside


def provenance(
    path: Path,
    summary: dict[str, Any],
    rows: int,
    *,
    one_per_taxon: bool = False,
    selection: Mapping[str, Any] = _ALL,
) -> dict[str, Any]:
    """What the methods section of a paper needs to say of an export.

    That is the version of the Red List, the operations and filters, when they were fetched, how
    many rows there are, what is missing, and the citation. ``summary`` is that of
    ``fetch --json`` and stands under its own key. Unknown values are null. Of rows that were
    selected among others, ``selection`` says among how many (``of``), and how (``filter``,
    ``sort``).
    """
    name = meta_path(path).name.removesuffix(".meta.json")
    get = summary.get
    meta = {
        "file": os.fsencode(name).decode(errors="replace"),
        "rows": rows,
        **selection,
        "written_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "fetched_utc": get("fetched_utc") or get("created_utc") or None,
        "program": f"iucn-tui {__version__}",
        "source": get("source"),
        "base_url": get("replayed_base_url") or get("base_url"),
        "api": get("api"),
        "api_version": get("api_version") or get("api"),
        "red_list_version": get("red_list_version"),
        "operations": [_operation(label) for label in get("operations") or ()],
        "intersect": bool(get("intersect")),
        "one_per_taxon": one_per_taxon,
        "distinct": bool(get("distinct")),
        "method": get("method"),
        "counts": {key: get(key) for key in _COUNTED},
        "complete": get("complete"),
        "missing": [
            {key: one.get(key) for key in ("request", "kind", "message")}
            for one in get("errors") or ()
        ],
        "citation": get("citation"),
        "summary": summary,
    }
    if get("replay_of"):
        meta["replay_of"] = get("replay_of")
    if get("source") == "demo":
        meta = {"notice": NOTICE, **meta}
    return meta


def _operation(label: str) -> dict[str, Any]:
    """``countries/MG?latest=true`` as its path and its parameters, in order, decoded."""
    path, _, query = label.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    return {"path": unquote(path), "parameters": [{"name": n, "value": v} for n, v in pairs]}


def write_bibtex(path: Path, text: str) -> Exported:
    """Write the citation; an entry counts as a row."""
    with writing(path) as file:
        file.write(text)
    entries = sum(line.startswith("@") for line in text.splitlines())
    return Exported(path, entries, len(text.encode()))
