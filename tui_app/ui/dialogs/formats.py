"""Formats that an export can have: their endings, what each is for, and what was written."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tui_app.redlist.text import counted

from .. import text

if TYPE_CHECKING:
    from tui_app.runs import Exported


class Format(NamedTuple):
    """A line of the list of formats."""

    ending: str  # of the file's name
    name: str
    form: str  # as the export service has it; also ``figure`` and ``report``
    use: str
    package: str = ""  # of an extra
    extra: str = ""

    @property
    def note(self) -> str:
        """What it is for, or how to install what it needs."""
        if self.package and find_spec(self.package) is None:
            return f"needs: pip install 'iucn-tui[{self.extra}]'"
        return self.use


FORMATS: Final = (
    Format(".csv", "CSV", "csv", "spreadsheets, R, pandas"),
    Format(".jsonl", "JSON Lines", "jsonl", "scripts; nested as received"),
    Format(".parquet", "Parquet", "parquet", "DuckDB, polars, Spark", "polars", "parquet"),
    Format(
        ".parquet/", "Parquet folder", "parquet_folder", "partitioned by operation and class",
        "polars", "parquet",
    ),
    Format(".xlsx", "Excel", "xlsx", "Excel, LibreOffice; typed cells", "openpyxl", "excel"),
    Format("/", "Folder of tables", "tables", "full assessments as relational CSVs"),
    Format(".bib", "BibTeX", "bibtex", "the citation"),
    Format(".svg", "SVG", "figure", "the chart shown, and its data as CSV"),
    Format(".png", "PNG", "figure", "the chart shown, and its data", "resvg_py", "png"),
    Format(".html", "HTML", "report", "report of the comparison"),
    Format(".md", "Markdown", "report", "report of the comparison"),
)  # fmt: skip
"""In the order in which they are listed."""

_ALSO: Final = {".htm": ".html", ".markdown": ".md"}
"""Endings that mean one of the list."""
_BY_ENDING: Final = {one.ending: one for one in FORMATS}

WITH_ROWS: Final = ("csv", "jsonl", "parquet", "parquet_folder", "xlsx", "tables")
"""Forms that hold a run's records, or what these name."""

WRITES: Final = {
    "csv": "a CSV file",
    "jsonl": "a JSON Lines file",
    "parquet": "Parquet",
    "parquet_folder": "a folder of Parquet files, one for each operation and class",
    "xlsx": "an Excel workbook, its provenance on a second sheet",
    "bibtex": "the citation, as a BibTeX file",
    "figure": "the chart that is shown, and its data as CSV beside it",
    "tables": "a folder of tables: full assessments and taxa, one CSV per list",
    "report": "a report of the comparison: outcome, chart, requests, tables, settings",
}

_DATA: Final = "-data.csv"


def format_of(typed: str) -> Format | None:
    """The format that a name asks for, or None."""
    from tui_app.export.destinations import parquet_form

    ending = Path(typed).suffix.lower()
    found = _BY_ENDING.get(_ALSO.get(ending, ending))
    if found is not None and found.form == "parquet":
        if parquet_form(os.path.expanduser(typed)) != "parquet":
            return _BY_ENDING[".parquet/"]
    elif typed.endswith("/"):
        return _BY_ENDING["/"]
    return found


def default_name(label: str, *, demo: bool, ending: str = ".csv") -> str:
    """A name for what was fetched: ``demo-red_list_categories-CR.csv``; demo data are invented."""
    stem = re.sub(r"[^A-Za-z0-9_]+", "-", label).strip("-")[:60] or "records"
    return f"{'demo-' if demo else ''}{stem}{ending}"


def without_ending(typed: str, usual: str) -> str:
    """What was typed, without the ending of a format; in a folder that exists, a ``usual`` name."""
    if typed.endswith("/") and not typed.lower().endswith(".parquet/"):
        folder = os.path.expanduser(typed)
        if os.path.isdir(folder) or os.path.basename(typed.rstrip("/")) in ("", ".", "..", "~"):
            return typed + usual
    bare = typed.rstrip("/") or usual
    stem, ending = os.path.splitext(bare)
    return stem if ending.lower() in {*_BY_ENDING, *_ALSO} else bare


def requests_path(path: Path) -> Path:
    """Where the requests go that belong to records in ``path``."""
    if path.name in ("", ".."):  # "." has a name as well
        path = Path(os.path.realpath(path))
    from tui_app.export.destinations import REQUESTS

    return path.parent / f"{path.stem}{REQUESTS}"


def in_words(written: Sequence[Exported], longest: int | None = None) -> str:
    """``1,000 rows to /home/me/felidae.csv (132 kB)``, and the same of the requests.

    Of a path with more than ``longest`` characters the beginning is left out.
    """
    from tui_app.export.tables_folder import tables_in

    parts: list[str] = []
    tables = tables_in(written)
    if tables:
        size = text.size(sum(one.size_bytes for one in tables))
        what = f"{counted(len(tables), 'table')} of {counted(tables[0].rows, 'assessment')}"
        parts.append(f"{what} to {_absolute(tables[0].path.parent, longest)} ({size})")
    rest = [one for one in written if one not in tables]
    parts += [
        f"{_what(one)} to {_absolute(one.path, longest)} ({text.size(one.size_bytes)})"
        for one in rest
    ]
    return " ".join([f"{', '.join(parts)}.", *(one.note for one in written if one.note)])


def _absolute(path: Path, longest: int | None) -> str:
    whole = os.path.abspath(path)
    if longest is None or len(whole) <= longest:
        return whole
    return f"…{whole[len(whole) - longest + 1 :]}"


def _what(file: Exported) -> str:
    from tui_app.export.destinations import REQUESTS

    name, ending = file.path.name, file.path.suffix.lower()
    found = _BY_ENDING.get(_ALSO.get(ending, ending))
    form = "" if found is None else found.form
    if form in ("figure", "report"):
        return "Saved the chart" if form == "figure" else "Saved the report"
    if name.endswith(_DATA):
        return f"its {counted(file.rows, 'row')} of data"
    noun = "citation" if form == "bibtex" else "row"
    return counted(file.rows, "request" if name.endswith(REQUESTS) else noun)
