"""What a BMC says when it does not do what it was asked, and which error of ours that is."""

from __future__ import annotations

from xcatd.errors import BadCredentials, Busy, NodeError, TimedOut, Unsupported
from xcatd.hardware.ipmi.commands import SET_SESSION_PRIVILEGE, Command

WRONG_STATE = 0xD5

INVALID_CHECK_VALUE = 0x0F
NO_SUITE_MATCH = 0x11
ILLEGAL_PARAMETER = 0x12

COMPLETION_CODES: dict[int, str] = {
    0xC0: "node busy",
    0xC1: "invalid command",
    0xC2: "command invalid for this logical unit",
    0xC3: "timeout while processing the command",
    0xC4: "out of space",
    0xC5: "reservation cancelled or invalid",
    0xC6: "request data truncated",
    0xC7: "request data length invalid",
    0xC8: "request data field length limit exceeded",
    0xC9: "parameter out of range",
    0xCA: "cannot return the number of requested bytes",
    0xCB: "requested sensor, data or record not present",
    0xCC: "invalid data field in the request",
    0xCD: "command illegal for this sensor or record type",
    0xCE: "response could not be provided",
    0xCF: "cannot execute a duplicated request",
    0xD0: "data repository in update mode",
    0xD1: "device in firmware update mode",
    0xD2: "initialisation in progress",
    0xD3: "destination unavailable",
    0xD4: "insufficient privilege level",
    0xD5: "not supported in the present state",
    0xD6: "sub-function disabled",
    0xFF: "unspecified error",
}
"""IPMI 2.0, table 5-2: the generic completion codes."""

_BUSY = frozenset({0xC0, 0xC4, 0xCE, 0xCF, 0xD0, 0xD1, 0xD2})
_UNSUPPORTED = frozenset({0xC1, 0xC2, 0xC7, 0xC8, 0xC9, 0xCC, 0xD5, 0xD6})
_TIMED_OUT = frozenset({0xC3})
_PRIVILEGE = frozenset({0xD4})
_NO_SUCH_PRIVILEGE = frozenset({0x80, 0x81})
"""Of Set Session Privilege Level: not available to this user, or above the limit of the channel (table 22-23)."""

RAKP_STATUSES: dict[int, str] = {
    0x01: "insufficient resources to create a session",
    0x02: "invalid session id",
    0x03: "invalid payload type",
    0x04: "invalid authentication algorithm",
    0x05: "invalid integrity algorithm",
    0x06: "no matching authentication payload",
    0x07: "no matching integrity payload",
    0x08: "inactive session id",
    0x09: "invalid role",
    0x0A: "unauthorised role or privilege level requested",
    0x0B: "insufficient resources to create a session at the requested role",
    0x0C: "invalid name length",
    0x0D: "unauthorised name",
    0x0E: "unauthorised GUID",
    0x0F: "invalid integrity check value",
    0x10: "invalid confidentiality algorithm",
    0x11: "no cipher suite match with the proposed security algorithms",
    0x12: "illegal or unrecognised parameter",
}
"""IPMI 2.0, table 13-15: the status codes of RMCP+ and RAKP messages."""


class Refused(Exception):
    """An answer with a completion code other than 0. Stays within this package: `refusal()` makes the sentence."""

    def __init__(self, command: Command, code: int) -> None:
        super().__init__(f"{command.name}: completion code 0x{code:02x}")
        self.command = command
        self.code = code


def completion_name(code: int) -> str:
    """The code in words and as a number; one of a vendor or of a single command has only its number."""
    known = COMPLETION_CODES.get(code)
    return f"{known} (0x{code:02x})" if known else f"completion code 0x{code:02x}"


def status_name(status: int) -> str:
    known = RAKP_STATUSES.get(status)
    return f"{known} (0x{status:02x})" if known else f"status 0x{status:02x}"


def refusal(refused: Refused, place: str, user: str) -> NodeError:
    """The error of ours for what the BMC at `place` has answered to `user`."""
    command, code = refused.command, refused.code
    if code in _PRIVILEGE or (command is SET_SESSION_PRIVILEGE and code in _NO_SUCH_PRIVILEGE):
        return BadCredentials(
            f'the BMC at {place} does not allow this to the user "{user}": give that user a higher privilege on the '
            "BMC, or name another one in the ipmi or passwd table"
        )
    said = f'the BMC at {place} refuses "{command.name}": {completion_name(code)}'
    if code in _BUSY:
        return Busy(f"{said}; try again later")
    if code in _UNSUPPORTED:
        return Unsupported(f"{said}; it cannot do this, or not now")
    if code in _TIMED_OUT:
        return TimedOut(f"{said}; try again later")
    return NodeError(f"{said}; look it up in the manual of the BMC")
