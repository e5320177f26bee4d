"""The outermost layer: RMCP (DSP0136), version 6, no acknowledgement wanted, class IPMI."""

from __future__ import annotations

HEADER = bytes((0x06, 0x00, 0xFF, 0x07))
LONGEST_DATAGRAM = 2048
"""Octets. A BMC's answers stay below 1,500; the rest of a longer datagram is not read."""


def is_rmcp(datagram: bytes) -> bool:
    """Whether it carries IPMI. The sequence number says 0xff, or a number from controllers that count."""
    return len(datagram) > len(HEADER) and datagram[0] == HEADER[0] and datagram[3] & 0x8F == HEADER[3]
