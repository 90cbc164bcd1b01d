"""The tables of keys in the documentation, made of the application's own.

``python -m tests.support.doc_keys`` writes them into ``keys.md``.
"""

from __future__ import annotations

import re
from pathlib import Path

from textual.binding import Binding

from tui_app.docs import FOLDER
from tui_app.ui.keys import PLACES, names

FILE = FOLDER / "keys.md"
_TABLES = re.compile(r"(?<=<!-- tables -->\n).*(?=<!-- end -->)", re.DOTALL)


def written(binding: Binding) -> list[str]:
    """A binding's keys as the documentation writes them: ``F5``, ``Ctrl+R``."""
    return [re.sub(r"^\^(?=.)", "Ctrl+", name) for name in names(binding.key)]


def tables() -> str:
    """A table for each place: the keys that have words."""
    parts = []
    for place, bindings in PLACES.items():
        rows: dict[tuple[str, str], list[str]] = {}
        first: dict[tuple[str, str], str] = {}
        for one in bindings:
            if one.tooltip:
                what = one.description, one.tooltip
                rows.setdefault(what, []).extend(written(one))
                first.setdefault(what, str(one.id))
        if rows:
            lines = [f"## {place[0].upper()}{place[1:]}", "", "| keys | does | name |", "|-|-|-|"]
            lines += [
                f"| {', '.join(keys)} | {what[1]} | `{first[what]}` |"
                for what, keys in rows.items()
            ]
            parts.append("\n".join([*lines, ""]))
    return "\n" + "\n".join(parts) + "\n"


def with_tables(text: str) -> str:
    """The text of ``keys.md`` with its tables as they should be."""
    return _TABLES.sub(lambda _: tables(), text)


if __name__ == "__main__":
    Path(FILE).write_text(with_tables(FILE.read_text("utf-8")), "utf-8")
