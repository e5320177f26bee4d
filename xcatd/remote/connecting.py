"""A connection to a node: made within a time, to the host that it says it is, and closed whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncssh

from xcatd.errors import BadCredentials, NodeError, Unreachable, Untrusted
from xcatd.remote.access import Access

PORT = 22
PATIENCE = 30.0
"""Seconds until somebody is logged in."""
_LEAVING = 2.0
"""Seconds that a goodbye may take."""
_ALIVE_EVERY, _ALIVE_TRIES = 15, 4
"""Seconds between questions whether the other side is there, and how many of them may stay unanswered."""
_CIPHERS = ("aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com")
"""The first is the fastest there is on processors of today; those of asyncssh's own list come behind them."""
WINDOW = 1 << 17
"""Bytes that a node may send before they are read."""
NO_ANSWER: Final = (
    "{} is not responding, make sure it is a node object and is defined in xCATdb. "
    "No command will be issued to this host."
)
"""xCAT's words about a node, which scripts look for."""
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
"""In texts of the resolver, whose numbers are none of errno(3), and of asyncio about several addresses."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node, and the address or name at which it is. `port` 0: as root's ssh configuration says."""

    node: str
    address: str
    port: int = 0


def patience_for(silence: float | None, wanted: float = 0.0) -> float:
    """Seconds for a login: those `wanted`, else as long as a node may be silent at all, and PATIENCE at the most."""
    return wanted or min(PATIENCE, silence or PATIENCE)


@asynccontextmanager
async def connected(
    access: Access, place: Place, patience: float = PATIENCE
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A connection, logged in within `patience` seconds.

    Raises Unreachable, Untrusted (its host key), BadCredentials or NodeError, each a sentence without the node's name.
    """
    try:
        async with asyncio.timeout(patience):
            connection = await _connect(access, place)
    except TimeoutError:
        raise Unreachable(
            f"no login at {place.address} within {patience:g} s: check that the node and its sshd are up"
        ) from None
    try:
        yield connection
    finally:
        connection.close()
        with contextlib.suppress(TimeoutError, OSError, asyncssh.Error):
            async with asyncio.timeout(_LEAVING):
                await connection.wait_closed()
        connection.abort()


async def _connect(access: Access, place: Place) -> asyncssh.SSHClientConnection:
    """In the words of asyncssh. Its errors become ours."""
    port = place.port or PORT
    try:
        options = await _configured(access, place)
        if options is not None:
            port = place.port or options.port
        return await asyncssh.connect(place.address, port, config=None, options=options, **_wanted(access, place, port))
    except asyncssh.HostKeyNotVerifiable:
        raise Untrusted(_strange(access, place, port)) from None
    except asyncssh.KeyExchangeFailed as error:
        raise Untrusted(
            f"no way of encryption or kind of host key that both take ({said(error)}): look at its sshd"
        ) from None
    except asyncssh.PermissionDenied:
        raise BadCredentials(_refused(access)) from None
    except OSError as error:
        raise Unreachable(
            f"cannot be reached at {place.address} port {port} ({said(error)}): check that its sshd is up"
        ) from None
    except (asyncssh.Error, ValueError) as error:
        raise NodeError(f"the SSH connection to {place.address} failed ({said(error)}): look at its sshd") from None


def _wanted(access: Access, place: Place, port: int) -> dict[str, Any]:
    """What every connection has, whatever root's configuration says."""
    at = None if port == PORT else port
    return {
        "known_hosts": lambda host, address, _: access.known.match(host, address, at),
        "host_key_alias": place.node,
        "server_host_key_algs": access.known.algorithms(place.node, place.address, at),
        "encryption_algs": "^" + ",".join(_CIPHERS),
        "compression_algs": ["none"],
        "username": access.user,
        "password": access.password.reveal() or None,
        "client_keys": list(access.keys) or None,
        "agent_path": None,
        "gss_host": None,
        "x509_trusted_certs": None,
        "keepalive_interval": _ALIVE_EVERY,
        "keepalive_count_max": _ALIVE_TRIES,
    }


async def _configured(access: Access, place: Place) -> asyncssh.SSHClientConnectionOptions | None:
    """What root's ssh configuration says of this node: port, host name, jump hosts, algorithms."""
    if access.config is None:
        return None
    return await asyncio.to_thread(
        asyncssh.SSHClientConnectionOptions,
        config=[str(access.config)],
        host=place.node,
        username=access.user,
        client_keys=None,
        agent_path=None,
    )


async def answers(access: Access, place: Place, patience: float) -> bool:
    """Whether something listens at the node's SSH port."""
    options = await _configured(access, place)
    port = place.port or (PORT if options is None else options.port)
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(place.address, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def _strange(access: Access, place: Place, port: int) -> str:
    if access.known.is_known(place.node, place.address, None if port == PORT else port):
        return (
            f"its host key is not the one in known_hosts, and nothing was sent: if the node was installed anew run "
            f"makeknownhosts {place.node}, else somebody else answers at {place.address}"
        )
    return f"its host key is not known here, and nothing was sent: run makeknownhosts {place.node}"


def _refused(access: Access) -> str:
    if access.password:
        return (
            f"the password of {access.user} is not accepted: check it, and PasswordAuthentication and PermitRootLogin in its "
            "sshd_config"
        )
    if not access.keys:
        return f"{access.folder} has no private key that could be shown: run xcatconfig -k on the management node"
    return f"{access.user} is not let in with a key of {access.folder}: run xdsh -K for this node"


def said(error: BaseException) -> str:
    """The cause in few words, on one line."""
    text = ""
    if isinstance(error, OSError) and (error.errno or 0) > 0:
        text = os.strerror(error.errno or 0)  # asyncio puts an address into the error's own text
    text = text or _NUMBER.sub("", str(error)) or type(error).__name__
    return " ".join(text.split()).rstrip(".")
