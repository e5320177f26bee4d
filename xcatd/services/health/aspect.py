"""What of a service node is asked about from outside, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Aspect(StrEnum):
    """A service by the protocol that is spoken."""

    TFTP = "TFTP"
    HTTP = "HTTP"
    DNS = "DNS"
    DHCP = "DHCP"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask. `domain`: about which DNS is asked; "": the root."""

    address: str
    http_port: int = 80
    domain: str = ""
