"""Where a server is, which servers the user's token may go to, and which are on this machine.

A token goes to the Red List's own hosts. Another server gets it where the user names that server
for this command (option, environment, their own configuration), where the file that names the
token names it too, or where it had this very token before. A file that came with a folder, or a
run that somebody else made, can name a server as well, and must not be believed.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import socket
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import platformdirs

from tui_app.redlist import Token
from tui_app.redlist.errors import UsageError
from tui_app.redlist.redaction import redact

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
    """Raise UsageError where it is no root of a server, or has a password, which isn't repeated."""
    if "@" in base_url:
        raise UsageError("The base URL must not carry a user or password.")
    if "?" in base_url or "#" in base_url:
        raise UsageError("The base URL must have no query.", "Leave out '?' and what follows.")
    found = _BASE_URL.fullmatch(base_url)
    if found is None or not _can_be_reached(found):
        shown = f"'{redact(base_url)}'" if _HARMLESS.fullmatch(base_url) else "The given text"
        raise UsageError(
            f"{shown} is not a base URL.",
            "An example is https://api.iucnredlist.org: ASCII, without blanks.",
        )


def _can_be_reached(found: re.Match[str]) -> bool:
    """Whether port, address and path, which have the right form, make sense."""
    with suppress(ValueError):
        ipaddress.IPv6Address(found["v6"] or "::1")
        steps = unquote(found["path"]).split("/")
        return 0 < int(found["port"] or 1) < 2**16 and not {".", ".."} & set(steps)
    return False


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
    return host_of(base_url) == "localhost" or is_loopback_address(host_of(base_url))


APP: Final = "iucn-tui"

SERVERS_FILE: Final = "token_servers"
"""Beside the user's ``config.ini``: a line a server and token, the token as a fingerprint."""

_ABOUT: Final = (
    "# Servers that had your token, each with a salt and a fingerprint of it. Without a line here\n"
    "# `iucn-tui resume` asks you to name the server again.\n"
)
_MOST_TOKENS: Final = 8
"""Fingerprints of one server that are tried, newest first: each takes a twentieth of a second."""


def user_folder() -> Path:
    """The user's configuration folder (XDG)."""
    return Path(platformdirs.user_config_dir(APP, False))


def on_this_machine(base_url: str) -> bool:
    """Whether a server is on this machine: nothing leaves it, no pace is owed.

    A name below ``localhost`` is resolved: nothing keeps a name server from leading it elsewhere.
    """
    return is_loopback(base_url) or leads_here(host_of(base_url))


@lru_cache(maxsize=64)
def leads_here(host: str) -> bool:
    """Whether a host is a name below ``localhost`` that resolves to this machine alone."""
    if not host.endswith(".localhost"):
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(is_loopback_address(one[4][0]) for one in found)


def is_loopback_address(address: object) -> bool:
    """Whether an address, as ``getaddrinfo`` gives it, is of this machine."""
    try:
        return ipaddress.ip_address(str(address)).is_loopback
    except ValueError:
        return False


def check_token_may_go(base_url: str, token: Token | None) -> None:
    """Raise UsageError where a token would leave this machine unencrypted, for all to read."""
    encrypted = base_url[:6].lower() == "https:"
    if token is not None and not encrypted and not on_this_machine(base_url):
        raise UsageError(
            f"The token would be sent to {base_url} over plain http, readable by others.",
            "Use https://, or unset the token for this server.",
        )


def named_by(*base_urls: str | None) -> frozenset[str]:
    """The servers that some base URLs mean; those that are none, or None, are left out."""
    found = set()
    for one in filter(None, base_urls):
        with suppress(UsageError):
            check_base_url(one)
            found.add(server_of(one))
    return frozenset(found)


def had_token(server: str, token: Token) -> bool:
    """Whether a server had this token before."""
    file = user_folder() / SERVERS_FILE
    try:
        lines = file.read_text("ascii", "replace").splitlines() if file.is_file() else []
    except OSError:  # nothing is known then
        return False
    parts = (line.split() for line in reversed(lines))
    known = [(part[1], part[2]) for part in parts if len(part) == 3 and part[0] == server]
    return any(_fingerprint(server, salt, token) == kept for salt, kept in known[:_MOST_TOKENS])


@lru_cache(maxsize=64)
def _fingerprint(server: str, salt: str, token: Token) -> str:
    """So slow to compute that whoever reads the file can't try tokens in numbers."""
    salted = f"{salt} {server}".encode()
    return hashlib.scrypt(token.reveal().encode(), salt=salted, n=2**14, r=8, p=1, dklen=32).hex()


def remember_token(server: str, token: Token) -> None:
    """Note that a server has this token, so that a run can be resumed without naming it again."""
    if had_token(server, token):
        return
    salt = os.urandom(16).hex()
    line = f"{server} {salt} {_fingerprint(server, salt, token)}\n"
    file = user_folder() / SERVERS_FILE
    # Where it can't be written, the user names the server again the next time.
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and not file.is_file():
            return
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab") as out:
            os.chmod(file, 0o600)
            # In one go, so that lines of two programs don't mix.
            out.write(((_ABOUT if out.tell() == 0 else "") + line).encode())
