"""What a figure is made of, as data."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
"""x and y, in the units of the axes."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with a marker at each point.

    Attributes:
        method: whose; gives colour and marker, and stands in the legend.
        points: x rising.
        ideal: points of the ideal beside them, drawn as a thin dotted line.
        spread: ``(x, least, most)`` where something was measured more than once.
    """

    method: str
    points: tuple[Point, ...]
    ideal: tuple[Point, ...] = ()
    spread: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """A histogram: classes of equal width.

    Attributes:
        method: whose.
        low: where the first class begins; width: of each.
        counts: how many in each.
    """

    method: str
    low: float
    width: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """Bars behind each other in one line.

    Attributes:
        method: whose.
        spans: ``(start, end)``, rising.
    """

    method: str
    spans: tuple[Point, ...]


Span = tuple[str, float, float]
"""A phase by name, where it begins and where it ends."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a waterfall: one request.

    Attributes:
        label: which.
        spans: its phases, rising; names are those of
            :data:`~tui_app.export.figure.waterfall.PHASES`.
        said: a figure at the right of it.
        lost: whether it came to nothing.
    """

    label: str
    spans: tuple[Span, ...]
    said: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Requests under each other, in their order.

    Attributes:
        method: whose; its marker stands beside the plot's note.
        bars: a row each.
    """

    method: str
    bars: tuple[Bar, ...]


Mark = Line | Columns | Lane | Waterfall


@dataclass(frozen=True, slots=True)
class Plot:
    """Marks over one pair of axes.

    Attributes:
        marks: all of one sort; of waterfalls, one.
        note: a few words above it.
        x_ticks: where the x axis has its figures; empty: at round ones.
    """

    marks: tuple[Mark, ...]
    note: str = ""
    x_ticks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The data of a figure.

    Attributes:
        columns: their names.
        rows: in their order.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture: plots under each other that share their x axis.

    Attributes:
        title: what it shows.
        subtitle: of what: the source, what was asked for, when.
        x: the x axis in words, with its unit; y: the other one, or what is said at the right of
            a waterfall's bars.
        plots: from above.
        data: the numbers behind it.
    """

    title: str
    subtitle: str
    x: str
    y: str
    plots: tuple[Plot, ...]
    data: Table
