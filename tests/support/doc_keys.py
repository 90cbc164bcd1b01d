"""The tables of keys in the documentation, made of the application's own.

``python -m tests.support.doc_keys`` writes them into ``keys.md``.
"""

from __future__ import annotations

import re
from pathlib import Path

from textual.binding import Binding

from tui_app.docs import FOLDER
from tui_app.ui.dialogs.help import key_tables
from tui_app.ui.keys import names

FILE = FOLDER / "keys.md"
_TABLES = re.compile(r"(?<=<!-- tables -->\n).*(?=<!-- end -->)", re.DOTALL)


def written(binding: Binding) -> list[str]:
    """A binding's keys as the documentation writes them: ``F5``, ``Ctrl+R``."""
    return [re.sub(r"^\^(?=.)", "Ctrl+", name) for name in names(binding.key)]


def tables() -> str:
    """A table for each place: the keys that have words, as the documentation writes them."""
    return re.sub(r"\^(?=\w)", "Ctrl+", key_tables()) + "\n"


def with_tables(text: str) -> str:
    """The text of ``keys.md`` with its tables as they should be."""
    return _TABLES.sub(lambda _: tables(), text)


if __name__ == "__main__":
    Path(FILE).write_text(with_tables(FILE.read_text("utf-8")), "utf-8")
