"""What ctrl+p offers on a screen other than the panels: its keys, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider


class ScreenCommands(Provider):
    """Every binding of the screen's own class."""

    def _all(self) -> Iterator[tuple[str, str, Any]]:
        for binding in type(self.screen).BINDINGS:
            if isinstance(binding, Binding):
                act = partial(self.screen.run_action, binding.action)
                yield binding.description, binding.tooltip, act

    async def discover(self) -> Hits:
        """All of them."""
        for title, words, act in self._all():
            yield DiscoveryHit(title, act, help=words)

    async def search(self, query: str) -> Hits:
        """Those that are meant."""
        matcher = self.matcher(query)
        for title, words, act in self._all():
            if score := matcher.match(title):
                yield Hit(score, matcher.highlight(title), act, help=words)
