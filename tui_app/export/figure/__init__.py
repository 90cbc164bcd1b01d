"""Figures for paper and slides: drawn as SVG, turned into PNG by an extra, their data as CSV.

Own drawing rather than a library's: pygal has neither a Gantt nor a spread, and marks that differ
by colour alone; matplotlib weighs more than all the rest of the program.
"""

from .axes import nice_ticks
from .files import FIGURE_ENDINGS, write_figure
from .pen import PAPER
from .shapes import Bar, Columns, Figure, Lane, Line, Plot, Span, Table, Waterfall
from .svg import to_svg
from .waterfall import PHASES

__all__ = [
    "FIGURE_ENDINGS",
    "PAPER",
    "PHASES",
    "Bar",
    "Columns",
    "Figure",
    "Lane",
    "Line",
    "Plot",
    "Span",
    "Table",
    "Waterfall",
    "nice_ticks",
    "to_svg",
    "write_figure",
]
