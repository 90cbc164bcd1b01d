"""Where a Red List server is: base URLs, as text."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from .errors import UsageError


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
            f"'{base_url}' is not a base URL.", "It looks like https://api.iucnredlist.org."
        )
    if parts.username is not None or parts.password is not None:
        raise UsageError("The base URL must not carry a user or password.")
    if parts.query or parts.fragment:
        raise UsageError("The base URL must have no query.", "Leave out '?' and what follows.")


def is_loopback(base_url: str) -> bool:
    """Whether a server is on this machine: nothing leaves it, no pace is owed."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
