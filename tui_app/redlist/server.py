"""Where a Red List server is: base URLs, as text. Nothing here resolves a name."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

from .errors import UsageError
from .token import redact

_LABEL: Final = "[A-Za-z0-9_-]{1,63}"
_BASE_URL: Final = re.compile(
    rf"(?i:https?)://(?:{_LABEL}(?:\.{_LABEL})*\.?|\[(?P<v6>[0-9A-Fa-f:.]+)\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*)*)"
)
"""What all HTTP libraries read alike, and send as it is."""

_HARMLESS: Final = re.compile(r"[A-Za-z0-9._/-]{0,99}(?:://[A-Za-z0-9._/-]{1,99})?(?::[0-9]{0,9})?")
"""What may be repeated of a text that is no base URL: no password can be in it."""

_PORTS: Final = {"http": 80, "https": 443}


def check_base_url(base_url: str) -> None:
    """Check that it is the root of a server.

    Raises:
        UsageError: it isn't, or it carries a password. The sentence doesn't repeat that.
    """
    if "@" in base_url:
        raise UsageError("The base URL must not carry a user or password.")
    if "?" in base_url or "#" in base_url:
        raise UsageError("The base URL must have no query.", "Leave out '?' and what follows.")
    found = _BASE_URL.fullmatch(base_url)
    if found is None or not _can_be_reached(found):
        shown = f"'{redact(base_url)}'" if _HARMLESS.fullmatch(base_url) else "The given text"
        raise UsageError(
            f"{shown} is not a base URL.",
            "It looks like https://api.iucnredlist.org: ASCII, without blanks.",
        )


def _can_be_reached(found: re.Match[str]) -> bool:
    """Whether port, address and path, which have the right form, make sense."""
    if found["port"] is not None and not 0 < int(found["port"]) < 2**16:
        return False
    if {".", ".."} & set(unquote(found["path"]).split("/")):
        return False
    try:
        ipaddress.IPv6Address(found["v6"] or "::1")
    except ValueError:
        return False
    return True


@lru_cache(maxsize=32)
def root_of(base_url: str) -> str:
    """A checked base URL in one spelling, without a slash at its end.

    HTTP libraries differ in what they mend: the case of a host, ``%c3`` in a path. Given this one
    they all send the same bytes.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    where = host if parts.port in (None, _PORTS[parts.scheme]) else f"{host}:{parts.port}"
    path = re.sub("%[0-9a-fA-F]{2}", lambda escape: escape[0].upper(), parts.path)
    return f"{parts.scheme}://{where}{path.rstrip('/')}"


def server_of(base_url: str) -> str:
    """The scheme, host and port of a base URL: what tells one server from another."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{ipaddress.IPv6Address(host)}]"
    return f"{parts.scheme}://{host}:{parts.port or _PORTS[parts.scheme]}"


def host_of(base_url: str) -> str:
    """The host of a base URL in lower case; empty where the text is none."""
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""


def is_red_list(base_url: str) -> bool:
    """Whether a server is the Red List's own, to which a user's token belongs."""
    host = host_of(base_url).rstrip(".")
    return host == "iucnredlist.org" or host.endswith(".iucnredlist.org")


def is_loopback(base_url: str) -> bool:
    """Whether a base URL itself says that its server is on this machine.

    A name below ``localhost`` may lead anywhere: who can resolve it knows more.
    """
    host = host_of(base_url)
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
