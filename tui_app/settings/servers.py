"""Which servers the user's token may go to, and which of them are on this machine.

A token goes to the Red List's own hosts. Another server gets it where the user names that server
for this command (option, environment, their own configuration), where the file that names the
token names it too, or where it had this very token before. A file that came with a folder, or a
run that somebody else made, can name a server as well, and must not be believed.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import socket
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from tui_app.redlist import Token, check_base_url, is_loopback, is_red_list
from tui_app.redlist.errors import TokenWithheld, UsageError
from tui_app.redlist.server import host_of, server_of

if TYPE_CHECKING:
    from .settings import Settings

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
    """Whether a host is a name below ``localhost`` that resolves to this machine alone.

    Asked once: what a name is taken for doesn't change while the program runs.
    """
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
    """Check that a token would travel encrypted, or not leave this machine.

    Raises:
        UsageError: it would be readable by everyone on the way.
    """
    encrypted = base_url[:6].lower() == "https:"
    if token is None or encrypted or on_this_machine(base_url):
        return
    raise UsageError(
        f"A token is set, and {base_url} would get it over plain http, readable on the way.",
        "Use https://, or unset the token for this server.",
    )


def check_token(settings: Settings) -> None:
    """Check that the settings' token, if there is one, may go to the settings' server.

    Raises:
        TokenWithheld: the user has not named that server, and it has not had this token before.
        UsageError: the base URL is none, or the token would travel over plain http.
    """
    base_url, token = settings.server, settings.token
    if token is None:
        return
    check_base_url(base_url)
    check_token_may_go(base_url, token)
    if not (_is_named(settings, token) or _had(server_of(base_url), token)):
        raise TokenWithheld(base_url)


def token_for(settings: Settings) -> Token | None:
    """The token that the settings' server is to be sent; None where none is set.

    Remembers that this server has it, so that a run can be resumed without naming it again.

    Raises:
        TokenWithheld: the user has not named that server, and it has not had this token before.
        UsageError: the base URL is none, or the token would travel over plain http.
    """
    check_token(settings)
    token, base_url = settings.token, settings.server
    if token is not None and not is_red_list(base_url):
        _remember(server_of(base_url), token)
    return token


def named_by(*base_urls: str | None) -> frozenset[str]:
    """The servers that some base URLs mean; those that are none, or None, are left out."""
    found = set()
    for one in filter(None, base_urls):
        with suppress(UsageError):
            check_base_url(one)
            found.add(server_of(one))
    return frozenset(found)


def _is_named(settings: Settings, token: Token) -> bool:
    """Whether nothing but the settings themselves has to be asked."""
    server = server_of(settings.server)
    if is_red_list(settings.server) and server.startswith("https:"):
        return True
    return server == token.server or server in (settings.named or ())


def _had(server: str, token: Token) -> bool:
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


def _remember(server: str, token: Token) -> None:
    if _had(server, token):
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


__all__ = [
    "SERVERS_FILE",
    "check_token",
    "check_token_may_go",
    "is_loopback_address",
    "leads_here",
    "named_by",
    "on_this_machine",
    "token_for",
    "user_folder",
]
