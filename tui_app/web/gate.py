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
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

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
_ANYWHERE: Final = ("", "0.0.0.0", "::")  # noqa: S104 - to know them is not to bind to them


class Gate:
    """Lets in, or answers 403 with a sentence.

    Args:
        host: what the server is bound to.

    Attributes:
        key: what the address has to have, once.
        port: the server's; cookies of two servers on one machine would meet without it.
    """

    def __init__(self, host: str) -> None:
        self.key = secrets.token_urlsafe(32)
        self.port = 0
        self._host = host
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
            response: web.StreamResponse = web.Response(status=403, text=f"{refusal}\n")
        elif "key" in request.query:
            response = web.Response(status=303, headers={"Location": "/"})
            response.set_cookie(self.cookie, self._pass, httponly=True, samesite="Strict", path="/")
        else:
            response = await handler(request)
        if not response.prepared:  # a websocket, or a download
            response.headers.update(_HEADERS)
        return response

    def _refusal(self, request: web.Request) -> str:
        """Why a request is not let in; empty where it is."""
        if not self._is_ours(request.host):
            return f"This server is not {request.host}."
        origin = request.headers.get("Origin")
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        if (origin is not None or upgrade) and origin != f"{request.scheme}://{request.host}":
            return "Another page may not open this."
        if hmac.compare_digest(request.cookies.get(self.cookie, ""), self._pass):
            return ""
        key = request.query.get("key")
        if key is None:
            return "This needs the address that `iucn-tui web` printed, with its key."
        if not hmac.compare_digest(key.encode(), self.key.encode()):
            return "This is not the key that `iucn-tui web` printed."
        if self._taken:
            return "The key has been used. Go on in that browser, or start `iucn-tui web` anew."
        self._taken = request.path == "/"
        return "" if self._taken else "The key belongs to the first page."

    def _is_ours(self, host: str) -> bool:
        if self._host in _ANYWHERE:  # any name may lead here: the cookie decides
            return True
        name = f"[{self._host}]" if ":" in self._host else self._host
        local = ("localhost", "127.0.0.1", "[::1]")
        names = {name, *(local if name in local else ())}
        return host in {f"{one}:{self.port}" for one in names}
