"""Values of a record as text that is safe to draw and never endless. No Textual."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from tui_app.redlist.codes import built_in, full_description
from tui_app.redlist.text import plain_text

from ..text import NOTHING, clean, count

MOST_IN_CELL: Final = 1000
"""Characters of a value in a table."""
MOST_IN_TEXT: Final = 20_000
"""Characters of a section of the documentation; the longest known has 12,000."""
MOST_JSON: Final = 150_000
"""Characters of the JSON."""

_DEEPEST: Final = 6
_CODE_LISTS: Final = {"researches": "research", "locations": "countries"}
"""Code lists that are called otherwise than the lists of a record."""


def humanised(name: str) -> str:
    """``use_and_trade`` as ``Use and trade``."""
    words = clean(name[:60]).replace("_", " ").strip()
    return words[:1].upper() + words[1:] or NOTHING


def cut(text: str, most: int) -> str:
    """At most so many characters, and a note where some had to go."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… [cut here: {count(len(text))} characters; an export has them all]"


def in_line(value: Any, most: int = MOST_IN_CELL) -> str:
    """Any value in one clean line: ``Name: Yes; Other: No``."""
    return clean(cut(plain(_line(value, 0)[: 20 * most]), most))


def _line(value: Any, depth: int) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        if value.keys() == {"en"}:
            return _line(value["en"], depth + 1)
        if depth < _DEEPEST:
            if value.keys() == {"description", "code"}:
                return _line(value["description"] or value["code"], depth + 1)
            if value.keys() == {"name", "value"}:  # how actions in place are told
                return f"{_line(value['name'], depth + 1)}: {_line(value['value'], depth + 1)}"
            parts = ((key, _line(inner, depth + 1)) for key, inner in value.items())
            return ", ".join(f"{clean(key)}: {said}" for key, said in parts if said)
    if isinstance(value, list) and depth < _DEEPEST:
        return "; ".join(said for said in (_line(one, depth + 1) for one in value) if said)
    return value if isinstance(value, str) else as_json(value, 20 * MOST_IN_CELL, indent=None)


def as_json(value: Any, most: int, indent: int | None = 2) -> str:
    """JSON to read, as it arrived; at most about so many characters, and a note."""
    parts: list[str] = []
    room = most
    try:
        for part in json.JSONEncoder(indent=indent, ensure_ascii=False).iterencode(value):
            parts.append(part[:room])
            room -= len(part)
            if room < 0:
                return "".join(parts) + "… [cut here; an export has it all]"
    except (RecursionError, ValueError, TypeError):
        parts.append("… [nested too deeply to be shown]")
    return "".join(parts)


def plain(text: str) -> str:
    """HTML as plain text, paragraphs as lines; plain text as it is."""
    return plain_text(text) if "<" in text or "&" in text else text


def paragraphs(html: str) -> Iterator[str]:
    """The paragraphs of a section, cleaned; cut off where it is endless."""
    text = cut(plain(cut(html, 5 * MOST_IN_TEXT)), MOST_IN_TEXT)
    for line in text.splitlines():
        if line.strip():
            yield clean(line.strip())


def coded(name: str, item: dict[str, Any]) -> tuple[str, str]:
    """What a list's item describes: what stands above it (may be nothing), and itself."""
    own = in_line(item.get("description"))
    code = item.get("code")
    if not isinstance(code, str) or len(code) > 40:
        return "", own
    table = {one.code: one.description for one in built_in(_CODE_LISTS.get(name, name))}
    own = own or table.get(code, "")
    whole = full_description(code, table, own) if table else own
    return whole.removesuffix(own), own
