"""What a report is made of, as data. All words are plain text: a writer makes them safe."""

from __future__ import annotations

from dataclasses import dataclass

from ..figure import Figure


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph.

    Attributes:
        text: what it says.
        link: an address of this program's own choosing, never a foreign one: where it stands in
            the text it is to be followed. Empty for none.
    """

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """A list.

    Attributes:
        items: a sentence each.
    """

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes:
        caption: what it holds, with units.
        columns: their names.
        rows: cells as they are shown, one for each column.
        right: a character a column, ``r`` for those aligned to the right.
        heads: how many columns, from the left, say what a row is about.
        marked: cells that stand out: row and column, from 0.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: str = ""
    heads: int = 1
    marked: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure.

    Attributes:
        figure: what is drawn.
        table: the same as figures, for who can't see it; None where a table stands beside it.
    """

    figure: Figure
    table: Grid | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, to be copied.

    Attributes:
        line: quoted as a shell takes it.
    """

    line: str


Part = Words | Points | Grid | Picture | Command


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and what stands under it."""

    heading: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report.

    Attributes:
        title: what it is about.
        subtitle: of what, from whom, when.
        notices: what has to be known before anything else: that it is incomplete, for one.
        headline: the outcome in a sentence.
        reasons: why it came out like that.
        sections: in their order.
    """

    title: str
    subtitle: str
    notices: tuple[str, ...]
    headline: str
    reasons: tuple[str, ...]
    sections: tuple[Section, ...]


__all__ = ["Command", "Grid", "Part", "Picture", "Points", "Report", "Section", "Words"]
