"""A report in the format that its file's ending asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui_app.redlist.errors import UsageError

from ..atomic import Exported, writing
from ..destinations import is_stream
from .html_file import to_html
from .markdown_file import to_markdown
from .shapes import Report

REPORT_ENDINGS: Final[dict[str, Callable[[Report], str]]] = {
    ".html": to_html,
    ".htm": to_html,
    ".md": to_markdown,
    ".markdown": to_markdown,
}
"""What makes a file's text of a report, by the file's ending."""


def check_report(path: Path) -> None:
    """Check that a file's name says in which format a report is to be.

    Raises:
        UsageError: it doesn't, or it is standard output, which has no name.
    """
    if is_stream(path):
        raise UsageError("A report can't go to stdout.", "Give a file's name: report.html.")
    if path.suffix.lower() not in REPORT_ENDINGS:
        ending = f"'{path.suffix}'" if path.suffix else "no ending"
        raise UsageError(
            f"A report is .html or .md, and {path} has {ending}.", "Give it one of these endings."
        )


def write_report(path: Path, report: Report) -> Exported:
    """Write a report.

    Args:
        path: ends in one of :data:`REPORT_ENDINGS`.
        report: what.

    Returns:
        The file, which has no rows.

    Raises:
        ExportError: it can't be written.
        UsageError: its ending says no format.
    """
    check_report(path)
    text = REPORT_ENDINGS[path.suffix.lower()](report)
    with writing(path) as file:
        file.write(text)
    return Exported(path, 0, len(text.encode()))


__all__ = ["REPORT_ENDINGS", "check_report", "write_report"]
