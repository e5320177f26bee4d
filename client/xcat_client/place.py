"""Where the daemon is, and where this user's certificates are."""

from __future__ import annotations

import os

from xcat_client.trouble import NO_CONNECTION, Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PORT = 3001


class Place:
    """A host and its command port. `str(place)` is how people write it."""

    __slots__ = ("host", "port")

    def __init__(self, host: str, port: int = DEFAULT_PORT) -> None:
        self.host = host
        self.port = port

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def name(self) -> str:
        """What the certificate must be made out to: the host, without the scope of a link-local address."""
        return self.host.partition("%")[0]


def parse(text: str) -> Place:
    """The place that XCATHOST names: host, host:port, [IPv6], [IPv6]:port, IPv6, or IPv6%scope:port.

    A bare IPv6 address cannot carry a port, since `::1:3001` is itself an address; after a scope it can.
    """
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or rest[:1] not in ("", ":"):
            raise _unreadable(text)
        port = rest[1:]
    elif text.count(":") > 1:
        address, percent, rest = text.partition("%")
        scope, _, port = rest.partition(":")
        host = address + percent + scope
    else:
        host, _, port = text.partition(":")
    if not host or not (port or "1").isdecimal() or not 0 < int(port or DEFAULT_PORT) < 65536:
        raise _unreadable(text)
    return Place(host, int(port or DEFAULT_PORT))


def several(text: str) -> list[str]:
    """The places of XCATHOST when it names several, with commas between them; "" stands for the daemon of this host."""
    return [each.strip() for each in text.split(",")]


def _unreadable(text: str) -> Trouble:
    return Trouble(
        f'XCATHOST is "{text}", which names no daemon: write it as host, host:port or [IPv6 address]:port.',
        NO_CONNECTION,
    )


def socket_path(env: Mapping[str, str]) -> str:
    """The Unix socket of the daemon on this host."""
    return _root(env) + "/run/xcat/xcatd.sock"


def credentials(env: Mapping[str, str]) -> str:
    """The folder with ca.pem and client-cred.pem."""
    if named := env.get("XCAT_CREDENTIALS"):
        return named.rstrip("/") or "/"
    if (root := _root(env)) and os.path.isdir(root + "/root/.xcat"):  # noqa: PTH112 - pathlib costs 10 ms at start
        return root + "/root/.xcat"
    return _home(env) + "/.xcat"


def _root(env: Mapping[str, str]) -> str:
    return env.get("XCAT_ROOT", "").rstrip("/")


def _home(env: Mapping[str, str]) -> str:
    """From the passwd entry of the effective user, as xCAT 2 does: under sudo, HOME may be somebody else's."""
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_dir.rstrip("/")
    except KeyError:
        return env.get("HOME", "").rstrip("/")
