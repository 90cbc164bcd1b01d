"""The methods, a line each: a name, and the module whose ``carry(dispatcher)`` it is.

Only names: a method and its HTTP library are imported when a run starts, since together they
take longer to import than the rest of the program.
"""

from __future__ import annotations

from typing import Final

METHODS: Final[dict[str, str]] = {
    "sequential": "tui_app.fetch.sequential",
    "threads": "tui_app.fetch.threads",
    "asyncio": "tui_app.fetch.asyncio_aiohttp",
}
