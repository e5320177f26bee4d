"""What ipmitool 1.8.19 said and computed: with ipmi_sim (suite 3), and with a responder that had a K_g key (suite 17).

Taken from `ipmitool -vvvv ... chassis power status`, user admin, password secret; the datagrams without the RMCP header.
"""

from __future__ import annotations

from dataclasses import dataclass

CONSOLE_ID = 0xA0A2A3A4


@dataclass(frozen=True, slots=True)
class Exchange:
    """One log-in, in hexadecimal. `rakp2` and `rakp3` are the proofs, `rakp4` the BMC's last one, cut to its length.

    `request` and `answer` are datagrams of the session, each with its authentication code; `message` is the BMC's answer
    that the latter carries.
    """

    suite: int
    kg: bytes
    managed_id: int
    console_random: str
    managed_random: str
    guid: str
    rakp2: str
    rakp3: str
    rakp4: str
    request: str
    answer: str
    code: int


SUITE_3 = Exchange(
    suite=3,
    kg=b"",
    managed_id=2,
    console_random="7bd509d94f3b67b145e54ac3de121575",
    managed_random="9e667d0d404d094ab4234eee19de2725",
    guid="5a000000000000000000000000000001",
    rakp2="5daf4c832378fe1e9355f31abbbd3a5b7674386a",
    rakp3="77479ea47ade43d04eca880cd3c893640f0cca14",
    rakp4="b3cbb8fd21aecdb2f0114204",
    request=(
        "06c002000000080000002000fbaa155386410f3dbddc4f3b5886cee8746a0d04be1885f753256b2d6697c2d5ffff0207"
        "fd0af833632be193d756e222"
    ),
    answer=(
        "06c0a4a3a2a006000000200077dd6964178df0a829ad7bb40e1d599bb7f265440ae729028aa93fedc6d0a3d7ffff0207"
        "a4cee3c973d278b28905728e"
    ),
    code=255,
)
SUITE_17 = Exchange(
    suite=17,
    kg=b"cluster key",
    managed_id=1,
    console_random="140144d8c7c44cb9ddae65acf3960754",
    managed_random="32ec0365dad697d048094cff1cd8e207",
    guid="a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
    rakp2="70539a23789ef95a54282c7abd9d510015487f89b85cd17f9d5827d28e198e0e",
    rakp3="72ad3c0207a0ae93c45ede46540c1b12e80dbc2f6d8d826e1e0df0f5fea3fdeb",
    rakp4="b999a0f049b7edd32b5600abdb6352e6",
    request=(
        "06c001000000080000002000d5034ba796d570345a4d4ba12ea9f5b5c87e08070db9b08caa22e384d18d0646ffff0207"
        "67e20d2439bf97ec55f1103a4778dafd"
    ),
    answer=(
        "06c0a4a3a2a0060000002000bf960d7f802ad1c9b23ca7f9b13c833e1c6f9a992f1c626a84686a65df493104ffff0207"
        "170e9276d463da7a86190ed974d0df73"
    ),
    code=0,
)

OPEN_REQUEST_17 = "00000000a4a3a2a0000000080300000001000008040000000200000801000000"
"""The payload with which ipmitool proposes suite 17."""

LAN15_REQUEST = (
    "0600ff07020c0000000010000018d007a09b2d3f2168543fd6fab3e3c2072000e08124015a",
    0x1000,
    0x0C,
    "2000e08124015a",
)
"""By `ipmitool -I lan` with MD5 and the password secret: the datagram, session id, sequence number, and message."""

LAN15_CAPABILITIES = "0600ff07000000000000000000092018c88104380e0431"
"""Its Get Channel Authentication Capabilities, asking about IPMI 1.5 only."""
