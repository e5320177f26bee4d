"""What a BMC says when it does not do what it was asked, and which error of ours that is."""

from __future__ import annotations

from xcatd.errors import BadCredentials, Busy, NodeError, TimedOut, Unsupported
from xcatd.hardware.ipmi.commands import (
    ACTIVATE_POWER_LIMIT,
    CLEAR_SEL,
    GET_BOOT_OPTIONS,
    GET_DEVICE_SDR,
    GET_FRU_AREA,
    GET_LAN,
    GET_PEF,
    GET_SDR,
    GET_SEL_ENTRY,
    GET_SEL_INFO,
    GET_SOL,
    READ_FRU,
    RESERVE_SEL,
    SET_BOOT_OPTIONS,
    SET_LAN,
    SET_PEF,
    SET_POWER_LIMIT,
    SET_SESSION_PRIVILEGE,
    SET_SOL,
    Command,
)

NODE_BUSY = 0xC0
INVALID_COMMAND = 0xC1
WRONG_LUN = 0xC2
RESERVATION_LOST = 0xC5
WRONG_LENGTH = 0xC7
TOO_LONG = 0xC8
PARAMETER_OUT_OF_RANGE = 0xC9
CANNOT_RETURN = 0xCA
NOT_PRESENT = 0xCB
WRONG_FIELD = 0xCC
NO_PRIVILEGE = 0xD4
WRONG_STATE = 0xD5
UNSPECIFIED = 0xFF

NO_PARAMETER = 0x80
SET_IN_PROGRESS = 0x81
READ_ONLY = 0x82
WRITE_ONLY = 0x83
"""Of the commands that get and set configuration parameters (IPMI 2.0, sections 23.1, 26.2, 28.12 and 30.3)."""

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

_PARAMETERS = (GET_BOOT_OPTIONS, SET_BOOT_OPTIONS, GET_LAN, SET_LAN, GET_PEF, SET_PEF, GET_SOL, SET_SOL)
_PARAMETER_CODES: dict[int, tuple[str, type[NodeError]]] = {
    NO_PARAMETER: ("no such parameter", Unsupported),
    SET_IN_PROGRESS: ("somebody else is changing the parameters", Busy),
    READ_ONLY: ("the parameter can only be read", Unsupported),
    WRITE_ONLY: ("the parameter can only be written", Unsupported),
}
OWN_CODES: dict[tuple[Command, int], tuple[str, type[NodeError]]] = {
    **{(command, code): meaning for command in _PARAMETERS for code, meaning in _PARAMETER_CODES.items()},
    **{
        (command, 0x81): ("the log is being erased", Busy)
        for command in (GET_SEL_INFO, RESERVE_SEL, GET_SEL_ENTRY, CLEAR_SEL)
    },
    **{(command, 0x81): ("the memory of this part is in use", Busy) for command in (GET_FRU_AREA, READ_FRU)},
    **{
        (command, RESERVATION_LOST): ("what is read there keeps changing", Busy)
        for command in (GET_SDR, GET_DEVICE_SDR, GET_SEL_ENTRY, CLEAR_SEL)
    },
    (ACTIVATE_POWER_LIMIT, 0x80): ("no power limit is set", Unsupported),
    (SET_POWER_LIMIT, 0x84): ("the power limit is out of its range", Unsupported),
    (SET_POWER_LIMIT, 0x85): ("the correction time is out of its range", Unsupported),
    (SET_POWER_LIMIT, 0x89): ("the sampling period is out of its range", Unsupported),
}
"""Codes that mean something of their own to one command: in words, and as an error of ours (DCMI 1.5, section 6.6)."""

_KINDS: dict[int, type[NodeError]] = {
    **dict.fromkeys((0xC0, 0xC4, 0xCE, 0xCF, 0xD0, 0xD1, 0xD2), Busy),
    **dict.fromkeys((0xC1, 0xC2, 0xC7, 0xC8, 0xC9, 0xCC, 0xD5, 0xD6), Unsupported),
    0xC3: TimedOut,
}
_REMEDIES: dict[type[NodeError], str] = {
    Busy: "try again later",
    Unsupported: "it cannot do this, or not now",
    TimedOut: "try again later",
    NodeError: "look it up in the manual of the BMC",
}
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

    def __init__(self, command: Command, code: int, data: bytes = b"") -> None:
        super().__init__(f"{command.name}: completion code 0x{code:02x}")
        self.command = command
        self.code = code
        self.data = data
        """What came with the code. Seldom anything: DCMI tells a limit together with the news that it is not kept."""

    @property
    def is_busy(self) -> bool:
        """Whether it can be asked again later."""
        return _meaning(self.command, self.code)[1] is Busy


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
    if code == NO_PRIVILEGE or (command is SET_SESSION_PRIVILEGE and code in _NO_SUCH_PRIVILEGE):
        return BadCredentials(
            f'the BMC at {place} does not allow this to the user "{user}": give that user a higher privilege on the '
            "BMC, or name another one in the ipmi or passwd table"
        )
    name, kind = _meaning(command, code)
    return kind(f'the BMC at {place} refuses "{command.name}": {name}; {_REMEDIES[kind]}')


def _meaning(command: Command, code: int) -> tuple[str, type[NodeError]]:
    """What the code says about the command, and the kind of error that it is."""
    if (own := OWN_CODES.get((command, code))) is not None:
        words, kind = own
        return f"{words} (0x{code:02x})", kind
    return completion_name(code), _KINDS.get(code, NodeError)
