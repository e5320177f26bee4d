"""A PDU as the tables have it. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from xcatd.hardware.endpoint import NO_SECRET, Endpoint
from xcatd.hardware.pdu.models import MODELS, Model
from xcatd.model import Secret

PORT = 161
"""Where SNMP agents listen (RFC 3417)."""


_PUBLIC = Secret("public")
"""What agents come with."""


class Version(StrEnum):
    V1 = "1"
    V2C = "2c"
    V3 = "3"


@dataclass(frozen=True, slots=True)
class Access:
    """By which SNMP and as whom. `community` is for versions 1 and 2c.

    Version 3 (RFC 3414): `user`; `auth` "md5" or "sha1" with `auth_key`, `priv` "des" or "aes" with `priv_key`; "": without.
    """

    version: Version = Version.V1
    community: Secret = _PUBLIC
    user: str = ""
    auth: str = ""
    auth_key: Secret = NO_SECRET
    priv: str = ""
    priv_key: Secret = NO_SECRET


@dataclass(frozen=True, slots=True)
class Pdu(Endpoint):
    """`outlets`: how many it has; 0: it is asked."""

    model: Model = MODELS["irpdu"]
    access: Access = Access()
    outlets: int = 0


def pdu(node: str, host: str, model: Model, access: Access, outlets: int = 0, port: int = PORT) -> Pdu:
    return Pdu(node, host, "", NO_SECRET, port, model=model, access=access, outlets=outlets)
