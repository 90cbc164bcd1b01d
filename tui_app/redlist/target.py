"""One operation with its value and parameters, as it is asked for and as a person writes it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from .operations import Operation

Params = tuple[tuple[str, str], ...]
"""Query parameters in the order in which they are sent; a name may occur twice."""


@dataclass(frozen=True, slots=True)
class Target:
    """One operation with its value and filters: ``countries/MG``, ``latest=true``.

    Attributes:
        operation: the entry in the catalogue.
        value: what stands in for ``{code}`` in its path, or None.
        params: query parameters, without the page and never with a token.
    """

    operation: Operation
    value: str | None = None
    params: Params = ()

    def __hash__(self) -> int:
        # By default the whole of the operation is hashed: with a million names that is a second.
        return hash((self.operation.path, self.value, self.params))

    @property
    def path(self) -> str:
        """The path below the API's root, percent-encoded: ``countries/MG``."""
        if self.value is None:
            return self.operation.path
        return f"{self.operation.stem}/{quote(self.value, safe='')}"

    @property
    def label(self) -> str:
        """The target as a person writes it, with its parameters; reads back as the same target."""
        base = self.operation.stem
        if self.value is not None:
            base += f"/{_written(self.value, '%/?')}"
        if not self.params:
            return base
        pairs = (
            f"{_written(name, '%&+=')}={_written(value, '%&+')}" for name, value in self.params
        )
        return f"{base}?{'&'.join(pairs)}"


def _written(text: str, special: str) -> str:
    # Only what would be read differently is encoded: "Bay of Fundy" stays as it is.
    if text.isalnum() and text.isascii():  # nearly all values
        return text
    if text != text.strip():
        special += " "
    return "".join(
        char if char.isprintable() and char not in special else quote(char, safe="")
        for char in text
    )
