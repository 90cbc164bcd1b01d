"""Bodies as the store keeps them: as text, so that SQL can read them, and the same one once."""

from __future__ import annotations

from hashlib import blake2b


def body_hash(body: bytes) -> bytes:
    """What tells one body from another."""
    return blake2b(body, digest_size=16).digest()


def body_value(body: bytes) -> str | bytes:
    """A body as SQLite's value: text where it is UTF-8, as JSON always is."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def body_bytes(value: str | bytes) -> bytes:
    """The body again, byte for byte."""
    return value.encode() if isinstance(value, str) else value
