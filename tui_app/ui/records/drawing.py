"""A record's sections, drawn. May take a while: not on the screen's thread. No widgets."""

from __future__ import annotations

from typing import Any, Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..categories import category_in, may_hold_category
from ..text import clean, count
from ..theme import inks
from . import content
from .content import RecordSection, value_groups

MOST_ITEMS: Final = 500
"""Items of a list, and values of a group, that are drawn."""
_MOST_COLUMNS: Final = 16
_NAME_WIDTH: Final = 28
_NARROW: Final = 24
_WIDE: Final = 44
_LEADING: Final = ("code", "description")
_WORTH_SHOWING: Final = {
    "assessments": (
        "year_published", "red_list_category_code", "scopes", "latest", "assessment_id",
    ),
}  # fmt: skip
_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})


def _title() -> str:
    return f"bold {inks().title}"


def draw_section(section: RecordSection, width: int, *, coloured: bool = True) -> RenderableType:
    """A section as it is drawn with ``width`` cells; categories in their colours, or without."""
    if section.kind == "values":
        return _values(section.value, coloured)
    if section.kind == "texts":
        return _texts(section.value)
    if section.kind == "references":
        return _references(section.value)
    if section.kind == "json":
        lines = content.as_json(section.value).split("\n")
        return Text("\n".join(map(clean, lines)), overflow="fold")
    return _items(section.value, section.name, width, coloured)


def _values(record: dict[str, Any], coloured: bool) -> RenderableType:
    parts: list[RenderableType] = []
    for group in value_groups(record):
        if group.title:
            parts.append(Text(group.title, _title()))
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=_NAME_WIDTH, overflow="fold", style=inks().quiet)
        grid.add_column(overflow="fold")
        for name, value in group.values[:MOST_ITEMS]:
            grid.add_row(Text(clean(name[:80])), _value(name, value, group.part, coloured))
        if group.without:
            shown = ", ".join(clean(name[:80]) for name in group.without[:MOST_ITEMS])
            grid.add_row(Text("without a value"), Text(shown, inks().quiet))
        parts += [grid, *_rest(len(group.values), "values"), Text("")]
    return Group(*parts[:-1])


def _texts(texts: dict[str, str]) -> RenderableType:
    parts: list[RenderableType] = []
    for name, html in list(texts.items())[:MOST_ITEMS]:
        parts.append(Text(content.humanised(name), _title()))
        for paragraph in content.paragraphs(html):
            parts += [Text(paragraph), Text("")]
    return Group(*parts)


def _references(items: list[Any]) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 1, 0))
    grid.add_column(justify="right", style=inks().quiet)
    grid.add_column(overflow="fold")
    for number, item in enumerate(items[:MOST_ITEMS], 1):
        citation = item.get("citation") if isinstance(item, dict) else item
        grid.add_row(Text(f"{number}"), Text(content.in_line(citation) or content.in_line(item)))
    return Group(grid, *_rest(len(items), "references"))


def _items(items: list[Any], name: str, width: int, coloured: bool) -> RenderableType:
    """A list as a table; where its columns have no room, as a paragraph an item."""
    shown = [item if isinstance(item, dict) else {name: item} for item in items[:MOST_ITEMS]]
    keys = dict.fromkeys(key for item in shown for key in item)
    filled = [key for key in keys if any(item.get(key) not in _NOTHING for item in shown)]
    # In an assessment of a taxon's list, what else there is says the same of each.
    columns = [key for key in _WORTH_SHOWING.get(name, ()) if key in filled]
    columns = columns or sorted(filled, key=lambda key: (*_LEADING, key).index(key))
    columns = columns[:_MOST_COLUMNS]
    left_out = [key for key in filled if key not in columns]
    rows = [{key: _item_cell(name, key, item, coloured) for key in columns} for item in shown]
    widths = {
        key: max([cell_len(content.humanised(key)), *(row[key].cell_len for row in rows)])
        for key in columns
    }
    # The widest column may wrap, the others shouldn't.
    widest = max(widths, key=widths.__getitem__, default="")
    others = sum(min(one, _NARROW) + 2 for key, one in widths.items() if key != widest)
    roomy = width - others >= min(widths.get(widest, 0), _WIDE)
    drawn = _table(rows, widths, widest) if roomy else _paragraphs(rows)
    told = ", ".join(clean(key[:80]) for key in left_out[:MOST_ITEMS])
    note = [Text(f"\nonly in the JSON: {told}", inks().quiet)] if told else []
    return Group(drawn, *note, *_rest(len(items), "items"))


def _table(rows: list[dict[str, Text]], widths: dict[str, int], widest: str) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=_title(), pad_edge=False)
    for key, width in widths.items():
        most = None if key == widest else min(width, _NARROW)
        table.add_column(content.humanised(key), overflow="fold", max_width=most, min_width=most)
    for row in rows:
        table.add_row(*row.values())
    return table


def _paragraphs(rows: list[dict[str, Text]]) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style=inks().quiet)
    grid.add_column(overflow="fold")
    for number, row in enumerate(rows, 1):
        leading = [row[key] for key in _LEADING[1:] if key in row]
        rest = [
            Text.assemble((f"{content.humanised(key).lower()} ", inks().quiet), cell)
            for key, cell in row.items()
            if key not in _LEADING and cell
        ]
        lines = [*leading, Text(" · ").join(rest)] if rest else leading
        grid.add_row(row.get("code") or Text(f"{number}"), Text("\n").join(lines))
    return grid


def _item_cell(name: str, key: str, item: dict[str, Any], coloured: bool) -> Text:
    if key == "description" and "code" in item:
        above, own = content.described_code(name, item)
        return Text.assemble((clean(above), inks().quiet), own)
    return _value(key, item.get(key), item, coloured)


def _value(key: str, value: Any, row: dict[str, Any], coloured: bool) -> Text:
    if may_hold_category(key):
        badge = category_in(key, {**row, "description": content.in_line(row.get("description"))})
        if badge is not None:
            return Text.assemble(
                (f" {badge.code} ", badge.style(coloured=coloured)), f" {badge.name}"
            )
    return Text(content.in_line(value))


def _rest(there: int, what: str) -> list[RenderableType]:
    if there <= MOST_ITEMS:
        return []
    more = f"… and {count(there - MOST_ITEMS)} more {what}; an export has them all."
    return [Text(more, inks().quiet)]
