"""Where the server listens: what ``--host`` means, the sockets, and the address that opens it."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from tui_app.redlist.errors import UsageError

LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""What a browser calls this machine."""
_DEFAULT: Final = "127.0.0.1"
_BACKLOG: Final = 128
_TRIES: Final = 20
"""A port that was free for one address of a name may be taken for another: then another is tried.
"""
_NO_SUCH_HOST: Final = "Use 127.0.0.1 for this machine alone, or an address of this machine."


@dataclass(frozen=True, slots=True)
class Listening:
    """Sockets that take connections.

    Attributes:
        sockets: one for each address that the host has.
        port: of all of them.
        name: what stands in the printed address, an IPv6 address in brackets.
        names: what browsers may call the server, in lower case; None: anything, because every
            address of this machine leads here.
        local: whether only this machine can connect.
    """

    sockets: tuple[socket.socket, ...]
    port: int
    name: str
    names: frozenset[str] | None
    local: bool

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
    addresses = [_address(one.getsockname()[0]) for one in sockets]
    written = [_written(one) for one in addresses]
    loopback = [one.is_loopback for one in addresses]
    any_address = any(one.is_unspecified for one in addresses)
    names = {*written, *(LOCAL if any(loopback) else ())}
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


Found = list[tuple[socket.AddressFamily, tuple[object, ...]]]


def _resolved(host: str, port: int) -> tuple[Found, bool]:
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


def _bound(host: str, found: Found, port: int) -> list[socket.socket]:
    for left in reversed(range(_TRIES if port == 0 else 1)):
        with ExitStack() as undo:
            try:
                sockets = _all_at_one_port(found, port, undo)
            except OSError as error:
                if left and error.errno == errno.EADDRINUSE:
                    continue
                raise _refused(host, port, error) from None
            undo.pop_all()
            return sockets
    raise AssertionError


def _all_at_one_port(found: Found, port: int, undo: ExitStack) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    for family, address in found:
        try:
            one = undo.enter_context(_listener(family, (address[0], port, *address[2:])))
        except OSError as error:
            # `localhost` may name an IPv6 address on a machine that has none.
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise
            missing = error
        else:
            sockets.append(one)
            port = one.getsockname()[1]
    if not sockets:
        assert missing is not None
        raise missing
    return sockets


def _listener(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    with ExitStack() as undo:
        one = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        if os.name == "posix":  # elsewhere two programs could then share the port
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.listen(_BACKLOG)
        undo.pop_all()
        return one


def _refused(host: str, port: int, error: OSError) -> UsageError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    said = f"{host} port {port} can't be served: {reason}."
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return UsageError(said, _NO_SUCH_HOST)
    if error.errno in (errno.EACCES, errno.EPERM):
        return UsageError(said, "Choose another --port, 1024 or higher.")
    return UsageError(said, "Choose another --port, or 0 for any that is free.")


def _address(text: str) -> IPv4Address | IPv6Address:
    return ip_address(text.partition("%")[0])


def _written(address: IPv4Address | IPv6Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)
