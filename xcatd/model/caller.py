"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a certificate says its holder is (URI SAN `xcat://<cluster>/<role>/<name>`)."""

    MANAGEMENT = "mn"
    SERVICE = "sn"
    USER = "user"
    NODE = "node"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Caller:
    """An identity and where it speaks from.

    `name` is the certificate's CN or the local account ("" when anonymous), `host` the short host name of the
    peer as the policy table compares it ("" when its address has no name), `peer` its address for the logs.
    """

    name: str
    role: Role
    host: str = ""
    peer: str = ""

    @property
    def may_vouch(self) -> bool:
        """Whether this peer may act for another caller: daemons only."""
        return self.role in (Role.SERVICE, Role.MANAGEMENT)
