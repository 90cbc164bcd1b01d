"""Where a Red List server is: base URLs, as text."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

from .errors import UsageError
from .token import Token, redact


def check_base_url(base_url: str) -> None:
    """Check that it is the root of a server.

    Raises:
        UsageError: it isn't, or it carries a password.
    """
    try:
        parts = urlsplit(base_url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_ok = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_ok:
        raise UsageError(
            f"'{redact(base_url)}' is not a base URL.", "It looks like https://api.iucnredlist.org."
        )
    if parts.username is not None or parts.password is not None:
        raise UsageError("The base URL must not carry a user or password.")
    if parts.query or parts.fragment:
        raise UsageError("The base URL must have no query.", "Leave out '?' and what follows.")


_IN_PATHS: Final = "/%:@!$&'()*+,;=~"
"""What stands in a path as it is, beside letters and digits (RFC 3986)."""


@lru_cache(maxsize=32)
def root_of(base_url: str) -> str:
    """A checked base URL in one spelling, without a slash at its end.

    HTTP libraries differ in what they mend: the case of a host, ``%c3`` or ``é`` in a path. Given
    this one they all send the same bytes.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if not host.isascii():
        with suppress(UnicodeError):  # what can't be resolved is told when it is tried
            host = host.encode("idna").decode("ascii")
    if ":" in host:
        host = f"[{host}]"
    port = {"http": 80, "https": 443}.get(parts.scheme)
    where = host if parts.port in (None, port) else f"{host}:{parts.port}"
    path = re.sub("%[0-9a-fA-F]{2}", lambda escape: escape[0].upper(), parts.path)
    path = re.sub("%(?![0-9A-F]{2})", "%25", path)
    return f"{parts.scheme}://{where}{quote(path, safe=_IN_PATHS).rstrip('/')}"


def check_token_may_go(base_url: str, token: Token | None) -> None:
    """Check that a token would travel encrypted, or not leave this machine.

    Raises:
        UsageError: it would be readable by everyone on the way.
    """
    if token is None or urlsplit(base_url).scheme.lower() == "https" or is_loopback(base_url):
        return
    raise UsageError(
        f"A token is set, and {base_url} would get it over plain http, readable on the way.",
        "Use https://, or unset the token for this server.",
    )


def is_red_list(base_url: str) -> bool:
    """Whether a server is the Red List's own, to which a user's token belongs."""
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    return host == "iucnredlist.org" or host.endswith(".iucnredlist.org")


def is_loopback(base_url: str) -> bool:
    """Whether a server is on this machine: nothing leaves it, no pace is owed."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
