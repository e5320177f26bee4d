"""Where a node's hardware is controlled, and as whom: all that a driver knows about a node."""

from __future__ import annotations

from dataclasses import dataclass

from xcatd.hardware.trust import VERIFIED, Trust
from xcatd.model import Secret

NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One controller and one account on it. The objects layer builds it from the node's tables.

    `host` is a name or an IPv4 or IPv6 address. `user` "" is the controller's account without a name.
    `kg` is the BMC's own key of IPMI 2.0 (empty: none is set), as text, or in hexadecimal after `0x`.
    `trust` counts where the controller has a certificate. `path` names the node among those of one controller (Redfish:
    "/redfish/v1/Systems/1"); empty: it has only one.
    Two equal endpoints share one session.
    """

    node: str
    host: str
    user: str
    password: Secret
    port: int = 623
    kg: Secret = NO_SECRET
    trust: Trust = VERIFIED
    path: str = ""

    @property
    def place(self) -> str:
        """`host:port` as messages show it; an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
