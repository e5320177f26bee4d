"""The IPMI message that every session carries: addresses, a sequence number, a command, two checksums."""

from __future__ import annotations

from typing import NamedTuple

from xcatd.hardware.ipmi.commands import Command

BMC_ADDRESS = 0x20
CONSOLE_ADDRESS = 0x81
"""A remote console's software id (table 5-4), as its address."""
SHORTEST_ANSWER = 8


class Answer(NamedTuple):
    """A decoded answer. `data` follows the completion code."""

    netfn: int
    sequence: int
    number: int
    code: int
    data: bytes

    def is_to(self, command: Command, sequence: int) -> bool:
        return self.sequence == sequence and self.number == command.number and self.netfn == command.netfn + 1


def checksum(octets: bytes) -> int:
    """The octet that makes the sum zero, modulo 256."""
    return -sum(octets) & 0xFF


def encode_request(command: Command, sequence: int, data: bytes = b"") -> bytes:
    """A request to the BMC. `sequence` (0-63) comes back in the answer."""
    head = bytes((BMC_ADDRESS, command.netfn << 2 | command.lun))
    body = bytes((CONSOLE_ADDRESS, sequence << 2, command.number)) + data
    return b"%b%c%b%c" % (head, checksum(head), body, checksum(body))


def decode_answer(message: bytes) -> Answer | None:
    """The answer in `message`; None when it is too short or a checksum is wrong."""
    if len(message) < SHORTEST_ANSWER or sum(message[:3]) & 0xFF or sum(message[3:]) & 0xFF:
        return None
    return Answer(message[1] >> 2, message[4] >> 2, message[5], message[6], message[7:-1])
