"""Figures for paper and slides: drawn as SVG, turned into PNG by an extra, their data as CSV.

Own drawing rather than a library's: pygal has neither a Gantt nor a spread, and marks that differ
by colour alone; matplotlib weighs more than all the rest of the program.
"""

from .axes import nice_ticks
from .files import FIGURE_ENDINGS, data_path, write_figure
from .pen import PAPER
from .shapes import Columns, Figure, Lane, Line, Plot, Table
from .svg import to_svg

__all__ = [
    "FIGURE_ENDINGS",
    "PAPER",
    "Columns",
    "Figure",
    "Lane",
    "Line",
    "Plot",
    "Table",
    "data_path",
    "nice_ticks",
    "to_svg",
    "write_figure",
]
