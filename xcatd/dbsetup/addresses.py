"""Names and addresses of hosts."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from xcatd.errors import ConfigError

LOOPBACK = ("127.0.0.1", "::1")


def addresses_of(name: str) -> tuple[str, ...]:
    """The addresses of a name or an address; none when it has none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def networks(texts: Sequence[str]) -> tuple[str, ...]:
    """Addresses and networks as an access rule has them, 10.0.0.7 as 10.0.0.7/32. Raises ConfigError."""
    found = []
    for text in texts:
        try:
            found.append(str(ipaddress.ip_network(text)))
        except ValueError as error:
            raise ConfigError(f"{text} is no address that may be let in: write 10.0.0.7, or 10.0.0.0/24") from error
    return tuple(found)


def is_local(address: str) -> bool:
    """Whether a server of this host can listen there now."""
    kind = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(kind) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
