"""Text that wants to be more than text, and a server that puts it wherever it can."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final

from tests.support.raw_server import http, number_of

HOSTILE: Final = {
    "markup": "[red]x[/red][link=https://evil.test]y[/][/]",
    "colours": "\x1b[31mred\x1b[2J\x1b[1;1H",
    "title": "\x1b]0;evil\x07",
    "link": "\x1b]8;;https://evil.test\x1b\\here\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "answer-back": "\x05\x1b[6n\x1bZ\x1bP$q\x1b\\",
    "c1": "\x9b31m\x9d0;evil\x9c\x84\x85\x90",
    "bidi": "\u202eevil\u202d\u2066\u2069\u200f\u061c",
    "invisible": "a\u200b\u200d\ufeff\u00ad\U000e0041b",
    "nul": "a\0b",
    "lines": "two\r\nlines\nand\rmore\u2028and\u2029more\x0b\x0cend",
    "formula": "=cmd|'/C calc'!A1",
    "quotes": 'a "quote", a comma; a \\ and a |',
    "path": "../../../../tmp/evil",
    "reserved": "nul",
    "megabyte": "\x1b[5m" + "x" * 1_000_000,
}

STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
    "|[\U000e0000-\U000e007f]"
)
"""What a terminal may obey, or hide; tab and line feed are not among it."""


def steers(text: str) -> str:
    """What in a text could steer a terminal, as names; nothing where all is well."""
    found = sorted(set(STEERING.findall(text)))
    return ", ".join(unicodedata.name(one, f"U+{ord(one):04X}") for one in found)


def row(number: int) -> dict[str, Any]:
    """A row of a list with everything in it, also as names of fields."""
    return {
        "assessment_id": number,
        "sis_taxon_id": number,
        "taxon_scientific_name": HOSTILE["colours"],
        **{f"field_{name}": text for name, text in HOSTILE.items()},
        **{text[:100]: name for name, text in HOSTILE.items()},
        "scopes": [
            {"code": text[:60], "description": {"en": text[:60]}} for text in HOSTILE.values()
        ],
    }


def assessment(number: int) -> dict[str, Any]:
    """A full assessment whose lists, codes and names of lists are all made up."""
    texts = [text[:2000] for text in HOSTILE.values()]
    return {
        "assessment_id": number,
        "sis_taxon_id": number,
        "taxon": {"scientific_name": HOSTILE["title"], "sis_id": number},
        "documentation": {f"{text[:60]}": text for text in texts},
        "threats": [{"code": text, "description": {"en": text}, "score": text} for text in texts],
        **{text[:60]: [{"code": text}] for text in texts},
        "long": HOSTILE["megabyte"],
        "../../evil": [{"code": "1"}],
        "nested": {"../up": [{"a/b": ["x"]}]},
    }


ROWS: Final = [row(1), row(2)]


def answer(path: str, nth: int) -> bytes:
    """Any path of v4: two good rows, full assessments of which the second is refused."""
    stem = path.partition("?")[0].removeprefix("/api/v4/")
    if stem.startswith("information/"):
        return _json({stem.partition("/")[2]: HOSTILE["title"] + HOSTILE["lines"]})
    if stem == "assessment/1":
        return _json(assessment(1))
    if stem.startswith("assessment/"):
        return _json({"error": "".join(HOSTILE.values())[:900]}, 404)
    if number_of(path) > 1:
        return _json({"error": HOSTILE["link"] + HOSTILE["bidi"]}, 400)
    return _json({"assessments": ROWS}, total_pages="2", etag=f'"{HOSTILE["markup"]}"')


def _json(value: Any, status: int = 200, **headers: str) -> bytes:
    return http(json.dumps(value).encode(), status, **headers)
