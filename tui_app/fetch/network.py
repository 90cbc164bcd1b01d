"""What both HTTP clients share: names, proxies, TLS, responses read strictly, errors in words.

A connection is used again only where it is certain that the next byte belongs to the next
response. What leaves that open (two lengths, bytes behind the body, a chunk size that is none) is
an error, and its connection is closed. aiohttp's parser is strict by itself; ``http.client``, on
which requests and urllib3 stand, is not, and skips no informational response but 100.
"""

from __future__ import annotations

import email.parser
import http.client
import ipaddress
import os
import re
import select
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from traceback import walk_tb
from typing import Any, Final
from urllib.parse import urlsplit

import certifi

from tui_app.redlist.errors import (
    CutOff,
    Malformed,
    RequestError,
    TimedOut,
    Unreachable,
    UsageError,
)
from tui_app.settings import is_loopback_address, leads_here, on_this_machine

from .attempt import NOT_HTTP, Attempt
from .plan import Plan

MAX_FIELD_BYTES: Final = 65_536
"""Limit of one header, name and value together."""

MAX_FIELDS: Final = 100
"""Limit of the number of headers."""

MAX_INFORMATIONAL: Final = 20
"""So many 1xx responses may precede the one that answers the request."""

TOO_LARGE: Final = (
    f"the response headers are too large (at most {MAX_FIELDS} of "
    f"{MAX_FIELD_BYTES // 1024} KB each are read)"
)

MAX_LINE_BYTES: Final = MAX_FIELD_BYTES + 1024
"""With the colon, blanks around the value and the line's end."""

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.([01]) ([0-9]{3})(?: ([^\r\n]*))?\r?\n")
_FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\0\r\n]*)\r?\n")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\0\r\n]*)?\r\n")
_PARSER: Final = email.parser.Parser(_class=http.client.HTTPMessage)
_LINE_ENDS: Final = (b"\r\n", b"\n")

Field = tuple[str, str]

Address = tuple[int, int, int, str, Any]
"""As ``socket.getaddrinfo`` gives it."""


def is_address(host: str) -> bool:
    """Whether a host is given by its address, so that no name has to be resolved."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def resolve(host: str, port: int) -> Future[list[Address]]:
    """Resolve a name in a thread that nothing waits for; whoever waits may cancel.

    ``getaddrinfo`` can hang for half a minute and can't be interrupted; in a pool's thread it
    would keep the process from ending.
    """
    answer: Future[list[Address]] = Future()

    def look_up() -> None:
        with suppress(InvalidStateError):  # cancelled
            try:
                found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
                if leads_here(host):  # as it did when the token was allowed
                    found = [one for one in found if is_loopback_address(str(one[4][0]))]
                if not found:
                    raise socket.gaierror(socket.EAI_NONAME, "no longer resolves to this machine")
                answer.set_result(list(found))
            except OSError as error:
                answer.set_exception(error)
            except UnicodeError:
                answer.set_exception(socket.gaierror(socket.EAI_NONAME, "not a host name"))

    if is_address(host):
        look_up()
    else:
        threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    return answer


def proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for a server, looked up once a run.

    Both HTTP libraries would look at every request, which takes requests a quarter of its time,
    and would also read ``~/.netrc``, which overrides the token's header.
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
    if kind.lower() not in ("http", "https"):
        raise UsageError(
            f"The environment names a {kind} proxy, which is not supported.",
            "Set https_proxy to an http:// one, or no_proxy to the server's host.",
        )
    return f"{kind.lower()}://{rest}"


def tls_context() -> ssl.SSLContext:
    """Certificates as ``REQUESTS_CA_BUNDLE`` or ``SSL_CERT_FILE`` say, else certifi's."""
    name = "REQUESTS_CA_BUNDLE" if os.environ.get("REQUESTS_CA_BUNDLE") else "SSL_CERT_FILE"
    bundle = os.environ.get(name)
    try:
        return ssl.create_default_context(cafile=bundle or certifi.where())
    except OSError:  # SSLError is one
        raise UsageError(f"{name} names no file of certificates: {bundle}.") from None


class InvalidResponse(http.client.HTTPException):
    """A response that is not valid HTTP, or whose headers are past a limit; the text says which."""


def watch(sock: Any) -> Callable[[], bool]:
    """What tells whether a socket has something to read: bytes, or the end of the connection."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return lambda: bool(poll.poll(0))
    return lambda: bool(select.select([sock], [], [], 0)[0])


def check_head(status: int, fields: Collection[Field]) -> dict[str, str]:
    """A response's headers, names in lower case; the last one counts where a name occurs twice.

    Raises:
        InvalidResponse: they leave open where the body ends, or are past a limit.
    """
    found = {name.lower(): value for name, value in fields}
    size = sum(map(len, found)) + sum(map(len, found.values()))
    if len(fields) > MAX_FIELDS or (
        (size > MAX_FIELD_BYTES or len(found) < len(fields))
        and any(len(name) + len(value) > MAX_FIELD_BYTES for name, value in fields)
    ):
        raise InvalidResponse(TOO_LARGE)
    length, coding = found.get("content-length"), found.get("transfer-encoding")
    if (
        status < 200
        or (length is not None and not (length.isascii() and length.isdigit() and len(length) < 19))
        or (coding is not None and (length is not None or coding.lower() != "chunked"))
        or (status == 204 and (coding is not None or (length or "0").strip("0")))
        or (len(found) < len(fields) and _count_framing(fields) > 1)
    ):
        raise InvalidResponse(NOT_HTTP)
    return found


def _count_framing(fields: Iterable[Field]) -> int:
    """How many headers say where the body ends."""
    return sum(name.lower() in ("content-length", "transfer-encoding") for name, _ in fields)


def _nothing(buffer: object) -> None:
    """Read nothing, as a raw stream without data that doesn't wait."""


class StrictResponse(http.client.HTTPResponse):
    """``http.client``'s response, made strict: for a connection's ``response_class``.

    Every 1xx response is skipped but 101, for which nobody asks. All errors are
    :class:`InvalidResponse`, ``IncompleteRead`` and ``RemoteDisconnected``.
    """

    def __init__(self, sock: socket.socket, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self._socket = sock
        self._whole = False  # whether the body's end is known, and was read

    def begin(self, **_limits: Any) -> None:
        """Read status and headers; newer Pythons name limits of their own."""
        begun: object = self.headers
        if begun is not None:
            return
        self.version, self.status, self.reason = self._read_status()
        self.code = self.status
        fields = self._read_fields()
        found = check_head(self.status, fields)
        # By the parser of http.client, slow as it is: what is compared is what requests costs.
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
        self.headers = self.msg = _PARSER.parsestr(lines)
        length = found.get("content-length")
        self.chunked = "transfer-encoding" in found
        self.chunk_left = None
        self.length = None if length is None else int(length)
        if self.status in (204, 304) or getattr(self, "_method", "") == "HEAD":
            self.chunked, self.length = False, 0
        closes: bool = self._check_close()  # type: ignore[attr-defined]  # by version and headers
        self.will_close = closes or (self.length is None and not self.chunked)

    def _read_status(self) -> tuple[int, int, str]:
        for _ in range(MAX_INFORMATIONAL + 1):
            while (line := self._read_line()) in _LINE_ENDS:
                pass  # some servers end a body with one too many
            match = _STATUS_LINE.fullmatch(line)
            if match is None:
                break
            status = int(match[2])
            if not 100 <= status < 200:
                return 10 + int(match[1]), status, (match[3] or b"").decode("latin-1").strip()
            if status == 101 or _count_framing(self._read_fields()):
                break
        raise InvalidResponse(NOT_HTTP)

    def _read_line(self) -> bytes:
        line = self.fp.readline(MAX_LINE_BYTES + 1)
        if line.endswith(b"\n"):
            return line
        if len(line) > MAX_LINE_BYTES:
            raise InvalidResponse(TOO_LARGE)
        raise http.client.RemoteDisconnected("the connection ended within the headers")

    def _read_fields(self) -> list[Field]:
        fields: list[Field] = []
        while (line := self._read_line()) not in _LINE_ENDS:
            if line[0] in b" \t" and fields:  # folded, as RFC 9112 still has clients read it
                folded, before = fields.pop()
                if len(folded) + len(before) + len(line) > MAX_FIELD_BYTES:
                    raise InvalidResponse(TOO_LARGE)
                fields.append((folded, f"{before} {line.strip().decode('latin-1')}"))
                continue
            match = _FIELD.fullmatch(line)
            if match is None:
                raise InvalidResponse(NOT_HTTP)
            name, value = match[1], match[2].strip(b" \t")
            fields.append((name.decode("ascii"), value.decode("latin-1")))
            if len(fields) > MAX_FIELDS:
                raise InvalidResponse(TOO_LARGE)
        return fields

    def _get_chunk_left(self) -> int | None:
        if self.chunk_left:
            return self.chunk_left
        if self.chunk_left is not None and (end := self.fp.readline(2)) not in _LINE_ENDS:
            raise InvalidResponse(NOT_HTTP) if end else http.client.IncompleteRead(b"")
        line = self.fp.readline(MAX_LINE_BYTES + 1)
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            if line.endswith(b"\n") or len(line) > MAX_LINE_BYTES:
                raise InvalidResponse(NOT_HTTP)
            raise http.client.IncompleteRead(b"")
        self.chunk_left = int(match[1], 16) or None
        if self.chunk_left is None:
            try:
                self._read_fields()  # trailers, which nobody reads
            except http.client.RemoteDisconnected:
                raise http.client.IncompleteRead(b"") from None
            self._whole = True
            self._close_conn()
        return self.chunk_left

    def _close_conn(self) -> None:
        """The body was read to its end: see that nothing is behind it."""
        extra = self._behind() if self._whole or self.length == 0 else b""
        super()._close_conn()  # type: ignore[misc]
        if not extra:
            return
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # a pool finds it closed, and makes another
        if extra.strip(b"\r\n"):
            raise InvalidResponse(NOT_HTTP)

    def _behind(self) -> bytes:
        """What has arrived behind the body by now, or some of it; never waits."""
        # A read with a timeout of 0 takes three system calls, and each lets another thread run.
        # One call shows that the socket has nothing; only the buffer is left to look at then.
        extra = b""
        before = self._socket.gettimeout()
        with suppress(OSError, ValueError):  # nothing is there; or a halt has closed it
            if not (isinstance(self._socket, ssl.SSLSocket) or watch(self._socket)()):
                self.fp.raw.readinto = _nothing  # type: ignore[method-assign]
                return self.fp.peek(1)
            self._socket.settimeout(0)
            extra = self.fp.peek(1)
        with suppress(OSError):
            self._socket.settimeout(before)
        return extra

    def close(self) -> None:
        """Close it wherever it is."""
        self._whole, self.length = False, None
        super().close()


def _chain(error: BaseException) -> list[BaseException]:
    """An error and all that it wraps, outermost first."""
    found = [error]
    for one in found:  # grows meanwhile
        inner = [getattr(one, "reason", None), getattr(one, "os_error", None), *one.args]
        for other in (*inner, one.__cause__, one.__context__):
            if isinstance(other, BaseException) and other not in found:
                found.append(other)
    return found


_LIBRARIES: Final = frozenset(
    {"aiohttp", "asyncio", "http", "requests", "urllib3", "uvloop", "yarl"}
    | {"email", "encodings", "idna", "socket", "ssl", "zlib"}
)
"""What methods send with, and what that stands on."""


def sending_error(attempt: Attempt, error: Exception, plan: Plan) -> RequestError:
    """Word what was raised while an attempt was sent, if that is due to its answer or the network.

    Libraries raise what they please for an answer that they don't expect: whatever leaves one
    counts. What the program's own code raised is a fault of its own, and is raised again.
    """
    called = ""  # whom our code called last
    for frame, _ in walk_tb(error.__traceback__):
        name: str = frame.f_globals.get("__name__", "")
        called = "" if name.startswith("tui_app.") else called or name.partition(".")[0]
    if called not in _LIBRARIES and not isinstance(error, OSError | http.client.HTTPException):
        raise error
    return network_error(attempt.label, error, plan, connected=attempt.phases.was_sent)


_MEANINGS: Final[
    tuple[tuple[tuple[type[BaseException], ...], set[str], type[RequestError], str], ...]
] = (
    (
        (http.client.IncompleteRead,),
        {"IncompleteRead", "ClientPayloadError", "ContentLengthError", "TransferEncodingError"},
        CutOff,
        "the body is cut off",
    ),
    ((ConnectionRefusedError,), set(), Unreachable, "connection refused"),
    (
        (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected),
        {"ServerDisconnectedError"},
        Unreachable,
        "the connection was reset",
    ),
    ((), {"LineTooLong"}, Malformed, TOO_LARGE),
    ((InvalidResponse,), set(), Malformed, ""),
    (
        (http.client.HTTPException,),
        {"HttpProcessingError", "ClientResponseError", "InvalidHeader", "InvalidChunkLength"},
        Malformed,
        NOT_HTTP,
    ),
)
"""Errors and names of errors, by what they mean; without words their own text counts."""


def network_error(label: str, error: BaseException, plan: Plan, *, connected: bool) -> RequestError:
    """Word what an HTTP library raised. Never repeats its text, which may hold a URL.

    ``label`` is the request in words, ``connected`` whether a connection stood already.
    """
    inner = _chain(error)

    def some(*kinds: type[BaseException]) -> BaseException | None:
        return next((one for one in inner if isinstance(one, kinds)), None)

    names = {type(one).__name__ for one in inner}
    if any("Too many headers" in str(one) for one in inner):
        names.add("LineTooLong")
    if some(socket.gaierror):
        return Unreachable(label, "the host's name can't be resolved")
    if some(ssl.SSLCertVerificationError):  # aiohttp's own is one too, and doesn't say why
        reasons = (getattr(one, "verify_message", "") for one in inner)
        why = next(filter(None, reasons), "not trusted").rstrip(".")
        return Unreachable(label, f"TLS: the server's certificate is refused ({why})")
    if some(ssl.SSLError) and not some(TimeoutError):
        return Unreachable(label, "TLS: the secure connection failed")
    if some(TimeoutError) or names & {"ConnectTimeoutError", "ReadTimeoutError"}:
        if connected:
            return too_late(label, plan.timeout_s)
        within_s = min(plan.connect_timeout_s, plan.timeout_s)
        return TimedOut(label, f"no connection within {within_s:g} s")
    for kinds, called, make, meaning in _MEANINGS:
        if (found := some(*kinds)) or names & called:
            return make(label, meaning or str(found))
    if oserror := next((one for one in inner if isinstance(one, OSError) and one.strerror), None):
        return Unreachable(label, str(getattr(oserror, "strerror", "")).lower())
    if isinstance(error, OSError) or any("Connection" in name for name in names):
        return Unreachable(label, f"the connection failed ({type(error).__name__})")
    return Malformed(label, f"the response can't be read ({type(error).__name__})")


def too_late(label: str, timeout_s: float) -> TimedOut:
    """The attempt's own time is up, whatever it was doing."""
    return TimedOut(label, f"no complete response within {timeout_s:g} s")
