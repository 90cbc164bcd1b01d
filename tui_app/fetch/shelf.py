"""What earlier runs kept, as a run sees it: looked at before anything is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from tui_app.redlist import Paging

MAX_ETAG: Final = 1024
"""Characters of an ETag that is sent back; servers refuse requests of more than 8 KB."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A page that an earlier run kept.

    Attributes:
        rows: how many records it has.
        etag: what the server called this version of it, or None.
        fresh: whether it is as good as new: no request is needed.
        paging: what its headers said of the whole list.
        fetched_utc: when the server last vouched for it, ISO 8601.
        reference: what its keeper knows it by.
        body: gives its body, unpacked; may raise KeepError.
    """

    rows: int
    etag: str | None
    fresh: bool
    paging: Paging
    fetched_utc: str
    reference: int
    body: Callable[[], bytes]

    @property
    def validator(self) -> str | None:
        """The ETag to ask with; None where it can't be sent: control characters, or too long."""
        etag = self.etag or ""
        sendable = etag.isascii() and etag.isprintable() and len(etag) <= MAX_ETAG
        return etag if etag and sendable else None


class Shelf(Protocol):
    """Where kept pages are looked for. Called from one thread at a time."""

    def find(self, path: str) -> Shelved | None:
        """The newest page kept for a path (from the server's root, with its query), or None.

        Raises:
            KeepError: the store can't be read.
        """
