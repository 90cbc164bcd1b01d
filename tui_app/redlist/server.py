"""Where a Red List server is: base URLs, as text."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

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
