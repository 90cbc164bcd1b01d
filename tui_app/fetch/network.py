"""What both transports need of the machine: names resolved, proxies, TLS, errors in words."""

from __future__ import annotations

import errno
import http.client
import ipaddress
import os
import selectors
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import certifi

from tui_app.redlist.errors import (
    CutOff,
    Malformed,
    RequestError,
    TimedOut,
    TooLarge,
    Unreachable,
    UsageError,
)
from tui_app.settings import is_loopback_address, leads_here, on_this_machine

from .http1 import TOO_LARGE, InvalidResponse
from .outcome import NOT_HTTP

if TYPE_CHECKING:
    from .plan import Plan

Address = tuple[int, int, int, str, Any]
"""As ``socket.getaddrinfo`` gives it."""


def is_address(host: str) -> bool:
    """Whether a host is given by its address, so that no name has to be resolved."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def resolve(host: str, port: int, done: Callable[[list[Address] | OSError], None]) -> None:
    """Resolve a name in a thread that nothing waits for, and tell ``done`` from there.

    ``getaddrinfo`` can hang for half a minute and can't be interrupted; in a pool's thread it
    would keep the process from ending.
    """
    if is_address(host):
        done(list(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)))
        return

    def look_up() -> None:
        try:
            found: list[Address] | OSError = list(
                socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
            )
        except OSError as error:
            found = error
        except UnicodeError:
            found = socket.gaierror(socket.EAI_NONAME, "not a host name")
        if isinstance(found, list) and leads_here(host):  # as it did when the token was allowed
            found = [one for one in found if is_loopback_address(one[4][0])]
        done(found or socket.gaierror(socket.EAI_NONAME, "leads elsewhere now"))

    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()


def connect(
    sock: socket.socket, address: Any, timeout_s: float, stopped: Callable[[], bool]
) -> None:
    """Connect a socket; looks up every tenth of a second to see whether it is still wanted.

    Shutting a socket down ends what hangs on it, but not a connect that is about to begin.

    Raises:
        TimeoutError: no connection within ``timeout_s``.
        OSError: refused, unreachable, or not wanted any more.
    """
    sock.setblocking(False)
    code = sock.connect_ex(address)
    deadline = monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_WRITE)
        while code in (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY):
            left_s = deadline - monotonic()
            if left_s <= 0:
                raise TimeoutError("connect")
            if selector.select(min(0.1, left_s)):
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if stopped():
                code = errno.ECONNABORTED
    if code:
        raise OSError(code, os.strerror(code))
    sock.settimeout(timeout_s)


def proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for a server, looked up once a run.

    Both HTTP libraries would ask the environment at every request (requests spends a quarter
    of its time on it at zero latency), and would also read ``~/.netrc``, which overrides the
    token's header.
    """
    parts = urlsplit(base_url)
    if on_this_machine(base_url) or urllib.request.proxy_bypass(parts.netloc):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy:
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    kind, _, rest = proxy.partition("://")
    proxy = f"{kind.lower()}://{rest}"
    if kind.lower() not in ("http", "https"):
        raise UsageError(
            f"The environment names a {kind} proxy, which is not supported.",
            "Set https_proxy to an http:// one, or no_proxy to the server's host.",
        )
    return proxy


def tls_context() -> ssl.SSLContext:
    """Certificates as ``REQUESTS_CA_BUNDLE`` or ``SSL_CERT_FILE`` say, else certifi's."""
    name = "REQUESTS_CA_BUNDLE" if os.environ.get("REQUESTS_CA_BUNDLE") else "SSL_CERT_FILE"
    bundle = os.environ.get(name)
    try:
        return ssl.create_default_context(cafile=bundle or certifi.where())
    except OSError:  # SSLError is one
        raise UsageError(f"{name} names no file of certificates: {bundle}.") from None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it wraps, outermost first."""
    seen: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        one = queue.pop(0)
        if not isinstance(one, BaseException) or one in seen:
            continue
        seen.append(one)
        yield one
        queue += [getattr(one, "reason", None), getattr(one, "os_error", None)]
        queue += [*one.args, one.__cause__, one.__context__]


_LIBRARIES: Final = frozenset(
    {"aiohttp", "asyncio", "http", "requests", "urllib3", "uvloop", "yarl"}
    | {"email", "encodings", "idna", "socket", "ssl", "zlib"}
)
"""What methods send with, and what that stands on."""


def is_of_the_answer(error: Exception) -> bool:
    """Whether what was raised while a request was sent is due to its answer, or to the network.

    Libraries raise what they please for an answer that they don't expect: whatever leaves one
    counts. What the program's own code raised is a fault of its own, and is none of a request's.
    """
    if isinstance(error, OSError | http.client.HTTPException):
        return True
    called = ""
    trace = error.__traceback__
    while trace is not None:
        name: str = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("tui_app."):
            called = ""
        elif not called:
            called = name.partition(".")[0]  # whom our code called last
        trace = trace.tb_next
    return called in _LIBRARIES


def network_error(label: str, error: BaseException, plan: Plan, *, connected: bool) -> RequestError:
    """Word what an HTTP library raised. Never repeats its text, which may hold a URL.

    Args:
        label: the request in words.
        error: what was raised; what it wraps is looked at too.
        plan: how long an attempt could take.
        connected: whether a connection stood already.
    """
    inner = list(_chain(error))

    def some(*kinds: type[BaseException]) -> BaseException | None:
        return next((one for one in inner if isinstance(one, kinds)), None)

    names = {type(one).__name__ for one in inner}
    if some(socket.gaierror):
        return Unreachable(label, "the host's name can't be resolved")
    if some(ssl.SSLCertVerificationError):  # aiohttp's own is one too, and doesn't say why
        reasons = (getattr(one, "verify_message", "") for one in inner)
        why = next(filter(None, reasons), "not trusted").rstrip(".")
        return Unreachable(label, f"TLS: the server's certificate is refused ({why})")
    if some(ssl.SSLError) and not some(TimeoutError):
        return Unreachable(label, "TLS: no secure connection came about")
    if some(TimeoutError) or names & {"ConnectTimeoutError", "ReadTimeoutError"}:
        if connected:
            return too_late(label, plan.timeout_s)
        within_s = min(plan.connect_timeout_s, plan.timeout_s)
        return TimedOut(label, f"no connection within {within_s:g} s")
    if some(http.client.IncompleteRead) or names & {
        "IncompleteRead",
        "ClientPayloadError",
        "ContentLengthError",
        "TransferEncodingError",
    }:
        return CutOff(label, "the body is cut off")
    if some(ConnectionRefusedError):
        return Unreachable(label, "connection refused")
    if some(ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected) or names & {
        "ServerDisconnectedError"
    }:
        return Unreachable(label, "the connection was reset")
    if "LineTooLong" in names or any("Too many headers" in str(one) for one in inner):
        return Malformed(label, TOO_LARGE)
    if invalid := some(InvalidResponse):
        return Malformed(label, str(invalid))
    if some(http.client.HTTPException) or names & {
        "HttpProcessingError",
        "ClientResponseError",
        "InvalidHeader",
        "InvalidChunkLength",
    }:
        return Malformed(label, NOT_HTTP)
    if oserror := next((one for one in inner if isinstance(one, OSError) and one.strerror), None):
        return Unreachable(label, str(getattr(oserror, "strerror", "")).lower())
    if isinstance(error, OSError) or any("Connection" in name for name in names):
        return Unreachable(label, f"the connection failed ({type(error).__name__})")
    return Malformed(label, f"the response can't be read ({type(error).__name__})")


def too_large(label: str, limit_bytes: int) -> TooLarge:
    """More came over the wire than any answer has."""
    return TooLarge(label, f"the body is larger than {limit_bytes // 2**20} MB")


def too_late(label: str, timeout_s: float) -> TimedOut:
    """The attempt's own time is up, whatever it was doing."""
    return TimedOut(label, f"no whole answer within {timeout_s:g} s")
