"""What ipmitool 1.8.19 said and computed: with ipmi_sim (suite 3), and with a responder that had a K_g key (suite 17).

Taken from `ipmitool -vvvv ... chassis power status`, user admin, password secret. Hexadecimal, as it prints it.
"""

from __future__ import annotations

from dataclasses import dataclass

CONSOLE_ID = 0xA0A2A3A4


@dataclass(frozen=True, slots=True)
class Exchange:
    """One log-in. `rakp2` and `rakp3` are the proofs, `rakp4` the BMC's last one, cut to the suite's length.

    `open_answer` begins the payloads: what the BMC chose. `request` and `answer` are datagrams of the session without the
    RMCP header, each with its authentication code; `answer_code` is the completion code inside.
    """

    suite: int
    kg: bytes
    managed_id: int
    console_random: bytes
    managed_random: bytes
    guid: bytes
    rakp2: bytes
    rakp3: bytes
    rakp4: bytes
    k1: bytes
    k2: bytes
    request: bytes
    answer: bytes
    answer_code: int


SUITE_3 = Exchange(
    suite=3,
    kg=b"",
    managed_id=2,
    console_random=bytes.fromhex("7bd509d94f3b67b145e54ac3de121575"),
    managed_random=bytes.fromhex("9e667d0d404d094ab4234eee19de2725"),
    guid=bytes.fromhex("5a000000000000000000000000000001"),
    rakp2=bytes.fromhex("5daf4c832378fe1e9355f31abbbd3a5b7674386a"),
    rakp3=bytes.fromhex("77479ea47ade43d04eca880cd3c893640f0cca14"),
    rakp4=bytes.fromhex("b3cbb8fd21aecdb2f0114204"),
    k1=bytes.fromhex("553f8a0bdf1c006580eca69037b473f4396483d0"),
    k2=bytes.fromhex("9026ff327f1bbc0ccdaaaca61da2c1fb8ce031de17".replace("cdaaaca6", "cdaaca6")),
    request=b"",
    answer=b"",
    answer_code=0xFF,
)
