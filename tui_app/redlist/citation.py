"""How the Red List asks to be cited, as a sentence and as BibTeX."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

SITE: Final = "https://www.iucnredlist.org"
TERMS: Final = f"{SITE}/terms/terms-of-use"
TITLE: Final = "The IUCN Red List of Threatened Species"
SYNTHETIC: Final = (
    "Synthetic data with invented names, made by the demo server of iucn-tui: "
    "not IUCN's, of no scientific use, and not to be cited."
)
"""What stands in place of a citation for rows of the demo server."""

_MONTHS: Final = (  # calendar's and strftime's follow the locale
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "{": r"\textbraceleft{}",  # BibTeX counts braces, those after a backslash too
    "}": r"\textbraceright{}",
    **{char: f"\\{char}" for char in "&%$#_"},
}


def citation(
    version: str | None, accessed: date | str | None = None, *, demo: bool = False
) -> str | None:
    """The Red List as a bibliography has it, in the form that IUCN asks for.

    Without a version (``2025-1``) there is no citation. The day of the fetch (text: ISO 8601, else
    ignored) adds the address. Rows of the demo are called synthetic, and nothing of IUCN's.
    """
    if demo:
        return SYNTHETIC
    known = _tidy(version)
    if not known:
        return None
    year = _year(known)
    said = f"IUCN {year}. {TITLE}. Version {known}." if year else f"IUCN. {TITLE}. Version {known}."
    day = _day(accessed)
    return said if day is None else f"{said} {SITE}. Accessed on {day}."


def bibtex(version: str | None, accessed: date | str | None = None, *, demo: bool = False) -> str:
    """The same as an entry of a BibTeX file, without version and year where it is unknown."""
    known, day = _tidy(version), _day(accessed)
    note = "" if day is None else f"Accessed on {day}."
    if demo:
        return _entry(
            "iucn_tui_demo",
            title="{Synthetic data of the iucn-tui demo server}",
            note=" ".join(filter(None, (_escaped(SYNTHETIC), note))),
        )
    key = re.sub(r"[^0-9A-Za-z]+", "_", known).strip("_")
    title = f"{TITLE}. Version {_escaped(known)}" if known else TITLE
    return _entry(
        f"iucn{key}" if key else "iucn_red_list",
        author="{IUCN}",
        title=f"{{{title}}}",
        year=_year(known),
        howpublished=f"\\url{{{SITE}}}",  # every style prints it, and prints it once
        note=note,
    )


def _entry(key: str, **fields: str) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join((f"@misc{{{key},", *lines, "}", ""))


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in text)


def _tidy(version: str | None) -> str:
    """A version on one line: it came from a server."""
    return " ".join("".join(c if c.isprintable() else " " for c in version or "").split())[:40]


def _year(version: str) -> str:
    return next(iter(re.findall(r"[0-9]{4}", version)), "")


def _day(when: date | str | None) -> str | None:
    if isinstance(when, str):
        try:
            when = date.fromisoformat(when[:10])
        except ValueError:
            return None
    return None if when is None else f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
