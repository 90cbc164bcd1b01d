"""How a demo server is to behave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENVIRONMENT_VARIABLE: Final = "IUCN_TUI_DEMO_TOKEN"
"""The environment variable that may hold the token, which then shows in no process list."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a server is to behave.

    Attributes:
        profile: a key of ``profiles.PROFILES``.
        seed: of the catalogue, the delays and the faults.
        token: what every request must bring; None: none is asked for.
        delay_s: seconds for every answer, in place of the profile's delays.
        rate_limit: ``RATE`` or ``RATE:BURST`` in requests a second; None: no limit.
        replay: a recording that is served in place of the catalogue, see
            :mod:`tui_app.demo.recording`; None: the catalogue is.
    """

    profile: str = "typical"
    seed: int = 0
    token: str | None = None
    delay_s: float | None = None
    rate_limit: str | None = None
    replay: Path | None = None
