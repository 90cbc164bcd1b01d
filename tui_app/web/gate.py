"""Who may come in: whoever has the key of the address, once, and from then on that browser.

The page drives a terminal application with the user's files and token, so that:

- the key is taken once and exchanged for a cookie that no script can read;
- the name that the browser asked for must be this server's (else a page elsewhere could have its
  own name point here), and the websocket must be opened by our own page;
- the page may load nothing from anywhere else, and stand in no other page's frame.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from .address import LOCAL

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the terminal in the page writes its own
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_HTTP_PORT: Final = 80
_GO_ON: Final = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>iucn-tui</title>
    <meta http-equiv="refresh" content="0; url=/" />
  </head>
  <body><a href="/">Open iucn-tui</a></body>
</html>
"""


class Gate:
    """Lets in, or answers 403 with a sentence.

    Attributes:
        key: what the address has to have, once.
        port: the server's; cookies of two servers on one machine would meet without it.
        names: what browsers may call the server; None: anything, the cookie decides.
        when_used: called when the key has let a browser in.
    """

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(32)
        self.port = 0
        self.names: frozenset[str] | None = LOCAL
        self.when_used: Callable[[], None] = lambda: None
        self._pass = secrets.token_urlsafe(32)
        self._taken = False

    @property
    def cookie(self) -> str:
        """The name of the cookie."""
        return f"iucn_tui_{self.port}"

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Look at a request before anything else does."""
        refusal = self._refusal(request)
        if refusal:
            response: web.StreamResponse = sentence(403, refusal)
        elif "key" in request.query:
            response = self._enter(request)
        else:
            response = await handler(request)
        if not response.prepared:  # a websocket, or a download
            response.headers.update(_HEADERS)
        return response

    def _enter(self, request: web.Request) -> web.Response:
        """Exchange the key for the cookie, and lead to the page.

        A browser that another page sent here, a file for one, leaves the cookie out when it
        follows a redirect; from a page of ours it sends it.
        """
        if "text/html" in request.headers.get("Accept", ""):
            response = web.Response(text=_GO_ON, content_type="text/html")
        else:
            response = web.Response(status=303, headers={"Location": "/"})
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
            return "Another page may not open this."
        if _same(request.cookies.get(self.cookie, ""), self._pass):
            return ""
        key = request.query.get("key")
        if key is None:
            return "This needs the address that `iucn-tui web` printed, with its key."
        if not _same(key, self.key):
            return "This is not the key that `iucn-tui web` printed."
        if self._taken:
            return "The key has been used. Go on in that browser, or start `iucn-tui web` anew."
        if request.path != "/":
            return "The key belongs to the first page."
        if request.method == "GET":  # whoever only asks whether the page is there gets no cookie
            self._taken = True
            self.when_used()
        return ""

    def _is_ours(self, host: str) -> bool:
        if self.names is None:
            return bool(host)
        asked = host.lower()
        if self.port == _HTTP_PORT and asked in self.names:  # browsers leave this port out
            return True
        return asked in {f"{one}:{self.port}" for one in self.names}


def sentence(status: int, text: str) -> web.Response:
    """An answer in words; what a request brought may be in it."""
    return web.Response(
        status=status, body=f"{text}\n".encode(errors="replace"), content_type="text/plain",
        charset="utf-8",
    )  # fmt: skip


def _same(given: str, right: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
