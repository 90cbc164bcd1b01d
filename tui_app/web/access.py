"""Where the server listens, and who may come in: one browser, by the key of the address.

The page drives a terminal application with the user's files and token, so that:

- the key is taken once and exchanged for a cookie that no script can read;
- the name that the browser asked for must be this server's (else a page elsewhere could have its
  own name point here), and the websocket must be opened by our own page;
- the page may load nothing from anywhere else, and stand in no other page's frame.
"""

from __future__ import annotations

import errno
import hmac
import os
import secrets
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from html import escape
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from tui_app.redlist.errors import UsageError

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})  # a browser's names of this machine
_DEFAULT: Final = "127.0.0.1"
_TRIES: Final = 20  # a port that is free for one address of a name may be taken for another
_NOT_OURS: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_NO_SUCH_HOST: Final = "Use 127.0.0.1 for this machine alone, or another address of this machine."
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "style-src 'self' 'unsafe-inline'"  # the terminal in the page writes its own
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_TEMPLATES: Final = Path(__file__).parent / "templates"

_Found = list[tuple[socket.AddressFamily, tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Listening:
    """Sockets that take connections."""

    sockets: tuple[socket.socket, ...]  # one for each address that the host has
    port: int  # of all of them
    name: str  # in the printed address; an IPv6 address has brackets
    names: frozenset[str] | None  # what browsers may call it; None: anything, as it binds to all
    local: bool  # only this machine can connect

    @property
    def root(self) -> str:
        """The address without a key."""
        return f"http://{self.name}:{self.port}"

    def close(self) -> None:
        """Close the sockets."""
        for one in self.sockets:
            one.close()


def listen(host: str, port: int) -> Listening:
    """Listen at a host: a name, an address in any notation, with brackets or without.

    Args:
        host: ``0.0.0.0`` and ``::`` mean every address of this machine; empty: 127.0.0.1.
        port: 0 for any that is free.

    Raises:
        UsageError: the host or the port can't be had.
    """
    wanted = host.strip() or _DEFAULT
    if wanted.startswith("[") and wanted.endswith("]"):
        wanted = wanted[1:-1]
    found, numeric = _resolved(wanted, port)
    sockets = _bound(wanted, found, port)
    addresses = [ip_address(one.getsockname()[0].partition("%")[0]) for one in sockets]
    written = [_written(one) for one in addresses]
    loopback = [one.is_loopback for one in addresses]
    any_address = any(one.is_unspecified for one in addresses)
    names = {*written, *(_LOCAL if any(loopback) else ())}
    if any_address:
        # An unspecified address is one to bind to, not one to open.
        name = "[::1]" if addresses[0].version == 6 else _DEFAULT
    elif numeric:
        name = written[0]
    else:
        name = wanted.encode("idna").decode().lower()
        names.add(name)
    return Listening(
        sockets=tuple(sockets),
        port=sockets[0].getsockname()[1],
        name=name,
        names=None if any_address else frozenset(names),
        local=all(loopback),
    )


def _resolved(host: str, port: int) -> tuple[_Found, bool]:
    """The addresses of a host, and whether it was written as an address."""
    reason = "it is not a host name"
    for numeric in (True, False):
        flags = socket.AI_PASSIVE | (socket.AI_NUMERICHOST if numeric else 0)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
        except OSError as error:
            reason = error.strerror or str(error)
        except ValueError:  # a NUL, or a label that is empty or too long
            break
        else:
            distinct = dict.fromkeys((family, address) for family, _, _, _, address in found)
            return list(distinct), numeric
    raise UsageError(f"The host {host!r} can't be resolved: {reason}.", _NO_SUCH_HOST)


def _bound(host: str, found: _Found, port: int) -> list[socket.socket]:
    left = 1 if port else _TRIES
    while True:
        left -= 1
        try:
            return _all_at_one_port(found, port)
        except OSError as error:
            if not left or error.errno != errno.EADDRINUSE:
                raise _not_served(host, port, error) from None


def _all_at_one_port(found: _Found, port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    with ExitStack() as undo:
        for family, (address, _, *more) in found:
            try:
                one = socket.create_server((address, port, *more), family=family, backlog=128)
            except OSError as error:
                # `localhost` may name an IPv6 address on a machine that has none.
                if error.errno not in _NOT_OURS:
                    raise
                missing = error
            else:
                sockets.append(undo.enter_context(one))
                port = one.getsockname()[1]
        if missing is not None and not sockets:
            raise missing
        undo.pop_all()
    return sockets


def _not_served(host: str, port: int, error: OSError) -> UsageError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    advice = "Choose another --port, or 0 for any that is free."
    if error.errno in _NOT_OURS:
        advice = _NO_SUCH_HOST
    elif error.errno in (errno.EACCES, errno.EPERM):
        advice = "Choose another --port, 1024 or higher."
    return UsageError(f"{host} port {port} can't be served: {reason}.", advice)


def _written(address: IPv4Address | IPv6Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


class Gate:
    """Lets a browser in, or answers 403 with a sentence."""

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(32)  # what the address has to have, once
        self.port = 0  # the server's; the cookies of two servers on one machine would meet
        self.names: frozenset[str] | None = _LOCAL  # see `Listening`; None: the cookie decides
        self.when_used: Callable[[], None] = lambda: None  # told when the key has let one in
        self._pass = secrets.token_urlsafe(32)
        self._taken = False

    @property
    def cookie(self) -> str:
        """Its name."""
        return f"iucn_tui_{self.port}"

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Look at a request before anything else does."""
        refusal = self._refusal(request)
        response: web.StreamResponse
        if refusal:
            response = text_response(403, refusal)
        else:
            response = self._enter(request) if "key" in request.query else await handler(request)
        if not response.prepared:  # a websocket, or a download
            response.headers.update(_HEADERS)
        return response

    def _enter(self, request: web.Request) -> web.Response:
        """Exchange the key for the cookie, and lead to the page.

        A browser that another page sent here, a file for one, leaves the cookie out when it
        follows a redirect; from a page of ours it sends it.
        """
        response = web.Response(status=303, headers={"Location": "/"})
        if "text/html" in request.headers.get("Accept", ""):
            response = web.Response(text=redirect_page("/"), content_type="text/html")
        if request.method == "GET":
            response.set_cookie(self.cookie, self._pass, httponly=True, samesite="Strict", path="/")
        return response

    def _refusal(self, request: web.Request) -> str:
        """Why a request is not let in; empty where it is. Uses the key up."""
        host = request.headers.get("Host", "")
        if not self._is_ours(host):
            return f"This server is not {host}."
        origin = request.headers.get("Origin")
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        if (origin is not None or upgrade) and origin != f"{request.scheme}://{host}":
            return "This address can't be opened from another page."
        if _same(request.cookies.get(self.cookie, ""), self._pass):
            return ""
        key = request.query.get("key")
        if key is None:
            return "This needs the address that `iucn-tui web` printed, with its key."
        if not _same(key, self.key):
            return "This is not the key that `iucn-tui web` printed."
        if self._taken:
            return "The key has been used. Continue in that browser, or restart `iucn-tui web`."
        if request.path != "/":
            return "The key works on the first page only."
        if request.method == "GET":  # whoever only asks whether the page is there gets no cookie
            self._taken = True
            self.when_used()
        return ""

    def _is_ours(self, host: str) -> bool:
        if self.names is None:
            return bool(host)
        asked = host.lower()
        at_usual_port = self.port == 80 and asked in self.names  # browsers leave this port out
        return at_usual_port or asked in {f"{one}:{self.port}" for one in self.names}


def filled(template: str, **values: object) -> str:
    """A page made from one of our templates."""
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    return Template(text).substitute({name: escape(str(value)) for name, value in values.items()})


def redirect_page(address: str) -> str:
    """HTML that leads to an address."""
    return filled("redirect.html", address=address)


def text_response(status: int, text: str) -> web.Response:
    """An answer in words; what a request brought may be in it."""
    body = f"{text}\n".encode(errors="replace")
    return web.Response(status=status, body=body, content_type="text/plain", charset="utf-8")


def _same(given: str, right: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
