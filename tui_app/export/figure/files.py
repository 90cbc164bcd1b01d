"""A figure as files: the picture, and its data beside it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import UsageError

from ..atomic import Exported, FileTransaction, size_of, writing
from ..destinations import data_path
from .shapes import Figure, Table
from .svg import to_svg

FIGURE_ENDINGS: Final = (".svg", ".png")
_ZOOM: Final = 2.0
"""Pixels of a PNG to one of the SVG: legible on a slide."""


def write_figure(path: Path, figure: Figure) -> list[Exported]:
    """Write a figure, and its data as CSV beside it.

    Args:
        path: ends in ``.svg`` or ``.png``.
        figure: what.

    Returns:
        The picture, which has no rows, and the data.

    Raises:
        ExportError: one can't be written.
        UsageError: a PNG's extra is not installed; nothing is written.
    """
    svg = to_svg(figure)
    picture = _to_png(svg) if path.suffix.lower() == ".png" else svg.encode()
    with FileTransaction(path) as transaction:
        with writing(path, transaction) as file:
            file.buffer.write(picture)
        data = _write_table(data_path(path), figure.data, transaction)
    return [Exported(path, 0, len(picture)), data]


def _to_png(svg: str) -> bytes:
    try:
        import resvg_py
    except ImportError:
        raise UsageError(
            "A PNG needs the package resvg_py, which is not installed.",
            "pip install 'iucn-tui[png]', or write an .svg.",
        ) from None
    return resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM)


def _write_table(path: Path, table: Table, transaction: FileTransaction) -> Exported:
    with writing(path, transaction) as file:
        write = csv.writer(file)
        write.writerow(table.columns)
        write.writerows(table.rows)
        size = size_of(file)
    return Exported(path, len(table.rows), size)
