"""Reports for people to read: one value, written as a page of HTML or as Markdown.

Own writers rather than a library's: Jinja would be a dependency for two templates, and what has
to be right, that nothing foreign becomes markup, is a function each.
"""

from .files import REPORT_ENDINGS, check_report, write_report
from .html_file import to_html
from .markdown_file import to_markdown
from .shapes import Command, Grid, Part, Picture, Points, Report, Section, Words

__all__ = [
    "REPORT_ENDINGS",
    "Command",
    "Grid",
    "Part",
    "Picture",
    "Points",
    "Report",
    "Section",
    "Words",
    "check_report",
    "to_html",
    "to_markdown",
    "write_report",
]
