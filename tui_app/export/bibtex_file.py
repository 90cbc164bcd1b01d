"""The citation as a BibTeX file."""

from __future__ import annotations

from pathlib import Path

from .atomic import Exported, writing


def write_bibtex(path: Path, text: str) -> Exported:
    """Write an entry that :func:`tui_app.redlist.citation.bibtex` made.

    Args:
        path: where; ``-`` is standard output.
        text: one entry or several.

    Returns:
        The file; an entry counts as a row.

    Raises:
        ExportError: it can't be written.
    """
    with writing(path) as file:
        file.write(text)
    entries = sum(line.startswith("@") for line in text.splitlines())
    return Exported(path, entries, len(text.encode()))
