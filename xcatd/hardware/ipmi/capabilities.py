"""What a BMC says about itself to anybody: Get Channel Authentication Capabilities (IPMI 2.0, table 22-15)."""

from __future__ import annotations

from typing import NamedTuple

from xcatd.hardware.ipmi import envelope15
from xcatd.hardware.ipmi.commands import GET_CHANNEL_CAPABILITIES, Privilege
from xcatd.hardware.ipmi.envelope15 import AuthType
from xcatd.hardware.ipmi.message import decode_answer, encode_request

THIS_CHANNEL = 0x0E
TELL_EXTENDED = 0x80
PREFERENCE = (AuthType.MD5, AuthType.PASSWORD, AuthType.NONE)
_SEQUENCE = 0


class Capabilities(NamedTuple):
    """`rmcp_plus`: IPMI 2.0 sessions can be opened. `auth_types`: those of IPMI 1.5, best first."""

    rmcp_plus: bool
    auth_types: tuple[AuthType, ...]


def ask_capabilities() -> bytes:
    """The question, for any version of IPMI: a datagram outside sessions."""
    data = bytes((TELL_EXTENDED | THIS_CHANNEL, Privilege.ADMINISTRATOR))
    return envelope15.wrap(encode_request(GET_CHANNEL_CAPABILITIES, _SEQUENCE, data))


def read_capabilities(datagram: bytes) -> Capabilities | None:
    """The answer in the datagram; None when it is something else."""
    message = envelope15.unwrap(datagram)
    answer = decode_answer(message) if message is not None else None
    if answer is None or not answer.is_to(GET_CHANNEL_CAPABILITIES, _SEQUENCE) or answer.code or len(answer.data) < 4:
        return None
    offered = answer.data[1]
    extended = bool(offered & 0x80)
    rmcp_plus = extended and bool(answer.data[3] & 0x02)
    return Capabilities(rmcp_plus, tuple(kind for kind in PREFERENCE if offered >> kind & 1))
