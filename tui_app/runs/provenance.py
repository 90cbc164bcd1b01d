"""Which Red List a source has: asked once a day, and kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui_app.fetch import Cancel, run
from tui_app.redlist import Api, make_query
from tui_app.settings import Settings
from tui_app.store import Store

from .planning import make_plan
from .shelf import is_fresh
from .source import Source

ASKED: Final[dict[Api, tuple[str, str]]] = {
    "v4": ("information/red_list_version", "red_list_version"),
    "v3": ("version", "version"),
}
"""Where each version of the API says so: the operation and the answer's field."""

LONGEST_VERSION: Final = 40
PATIENCE_S: Final = 10.0
"""A version is good to know, but no reason to wait for long."""


class Provenance:
    """What is known of the sources' data.

    Args:
        store: where it is kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def known(self, source: Source) -> tuple[bool, str | None]:
        """Whether a source was asked within a day, and what it said."""
        found = self._store.source_version(source.origin)
        if found is None or not is_fresh(found[1]):
            return False, None
        return True, found[0]

    def ask(
        self, source: Source, settings: Settings, cancel: Cancel, *, after_a_run: bool = False
    ) -> str | None:
        """Ask a source, one request; None where it doesn't say, whatever the reason.

        Args:
            source: whom.
            settings: time-outs and pace.
            cancel: stops it.
            after_a_run: whether other requests were sent just before, so that the pace holds
                for this one too.
        """
        operation, name = ASKED[settings.api]
        rate = settings.effective_rate()
        if after_a_run and rate and cancel.wait(1 / rate):
            return None
        patient = replace(
            settings,
            retries=1,
            timeout_s=min(settings.timeout_s, PATIENCE_S),
            connect_timeout_s=min(settings.connect_timeout_s, PATIENCE_S),
        )
        plan = make_plan(make_query([operation], settings.api), patient, source, "sequential", None)
        result = run(plan, cancel=cancel)
        said = next((page.records()[0].get(name) for page in result.pages), None)
        missing = all(one.error.status == 404 for one in result.totals.failures)
        version = said if isinstance(said, str) and _is_version(said) else None
        if (version or missing) and not cancel.is_set():
            self._store.set_source_version(source.origin, version)
        return version


def _is_version(text: str) -> bool:
    return text.isascii() and text.isprintable() and 0 < len(text) <= LONGEST_VERSION
