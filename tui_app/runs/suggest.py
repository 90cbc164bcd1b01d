"""Codes that exist, for one that doesn't."""

from __future__ import annotations

from difflib import get_close_matches

from tui_app.fetch import Plan, run
from tui_app.redlist import flatten, make_query, parse_target
from tui_app.settings import Settings
from tui_app.store import RunRow

from .source import Source


def suggest_codes(row: RunRow, source: Source, settings: Settings) -> tuple[str, ...]:
    """Codes like those that a run asked for in vain, from the server's own code list.

    At most three, each as an operation with what it means: ``countries/MG (Madagascar)``.
    """
    for text in row.operations:
        target = parse_target(text, settings.api)
        if target.value is None or target.operation.stem in ("assessment", "taxa/sis"):
            continue
        result = run(
            Plan(
                make_query([target.operation.stem]),
                source.base_url,
                method="sequential",
                token=source.token,
                retries=0,
                timeout_s=settings.timeout_s,
            )
        )
        names: dict[str, str] = {}
        for page in result.pages:
            for record in page.records():
                flat = flatten(record)
                cells = [cell for cell in flat.values() if isinstance(cell, str)]
                code = str(record.get("code", record.get("name", cells[0] if cells else "")))
                meaning = str(flat.get("description") or "")
                names[code] = f"{target.operation.stem}/{code}" + (f" ({meaning})" * bool(meaning))
        lower = {code.lower(): code for code in names}
        meanings = {
            shown.partition("(")[2].rstrip(")").lower(): code for code, shown in names.items()
        }
        wanted = target.value.lower()
        found = [lower[match] for match in get_close_matches(wanted, lower, 3, 0.5)]
        found += [meanings[match] for match in get_close_matches(wanted, meanings, 3, 0.6)]
        found += [
            code for meaning, code in meanings.items() if len(wanted) > 3 and wanted in meaning
        ]
        return tuple(names[code] for code in dict.fromkeys(found))[:3]
    return ()
