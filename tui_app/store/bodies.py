"""Bodies as the store keeps them: as text, so that SQL can read them, and the same one once."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_PIECE: Final = 2047
"""hashlib lets go of the interpreter's lock for more bytes than these at once."""
_SMALL: Final = 1 << 16


def body_hash(body: bytes) -> bytes:
    """What tells one body from another."""
    if len(body) > _SMALL:
        return blake2b(body, digest_size=16).digest()
    # Twenty microseconds' work: to get the lock again beside a busy event loop takes ten times
    # that, while requests wait for this page to be kept.
    found, view = blake2b(digest_size=16), memoryview(body)
    for start in range(0, len(body), _PIECE):
        found.update(view[start : start + _PIECE])
    return found.digest()


def body_value(body: bytes) -> str | bytes:
    """A body as SQLite's value: text where it is UTF-8, as JSON always is."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def body_bytes(value: str | bytes) -> bytes:
    """The body again, byte for byte."""
    return value.encode() if isinstance(value, str) else value
