"""Which host keys are believed: what stands in known_hosts files, and certificates of the authorities that they name.

sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. Nothing is ever believed at first sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import asyncssh

from xcatd.errors import ServiceError
from xcatd.hardware.console import KNOWN_HOSTS
from xcatd.services.files import read_text
from xcatd.services.networks import address_of

_CERTIFICATES = (
    "ssh-ed25519-cert-v01@openssh.com",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "ecdsa-sha2-nistp384-cert-v01@openssh.com",
    "ecdsa-sha2-nistp521-cert-v01@openssh.com",
    "rsa-sha2-512-cert-v01@openssh.com",
    "rsa-sha2-256-cert-v01@openssh.com",
)
_PLAIN = (
    *("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    *("rsa-sha2-512", "rsa-sha2-256"),
)

Matches = tuple[Sequence[Any], ...]
"""asyncssh's seven lists: host keys, keys of authorities, revoked keys, and four for X.509, which are not used here."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the files say."""

    hosts: asyncssh.SSHKnownHosts

    def match(self, host: str, address: str, port: int | None) -> Matches:
        """What is known of a host. With another port than 22 the lines with this port count, and those without one."""
        names = [(host, address if address_of(address) else "")]  # a name, where ssh's configuration says where it is
        if port is not None:
            names = [(f"[{host}]:{port}", ""), (f"[{address}]:{port}", ""), *names]
        found = [self.hosts.match(name, where, None) for name, where in names]
        return tuple(tuple(dict.fromkeys(chain(*keys))) for keys in zip(*found, strict=True))

    def is_known(self, host: str, address: str, port: int | None) -> bool:
        """Whether there is a key of its own for it, right or wrong."""
        return bool(self.match(host, address, port)[0])

    def algorithms(self, host: str, address: str, port: int | None) -> list[str]:
        """In which order kinds of host keys are asked for: those that can be believed, then the others, so that a host which
        has none of the former shows a key that can be refused."""
        keys, authorities = self.match(host, address, port)[:2]
        kinds = [alg.decode() for key in keys for alg in key.sig_algorithms]
        wanted = (*(_CERTIFICATES if authorities else ()), *(kind for kind in kinds if kind in _PLAIN), *_PLAIN)
        return list(dict.fromkeys(wanted))


def read_known(root: Path) -> Known:
    """Read the files of a host below `root`, of which each may be missing. It blocks: call it in a thread.

    Raises ServiceError for one that cannot be read, or has a line that is none of known_hosts.
    """
    hosts = asyncssh.import_known_hosts("")
    for place in KNOWN_HOSTS:
        path = root / place
        try:
            hosts.load(read_text(path))
        except ValueError as error:
            raise ServiceError(f"{path} has a line that cannot be read ({error}): correct or remove it") from None
    return Known(hosts)
