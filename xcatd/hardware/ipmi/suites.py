"""The cipher suites that are spoken: strong enough to be worth it, and between them known to every BMC of use.

Suites 1, 2, 6, 7, 11, 12, 15 and 16 do not encrypt, 0 does nothing at all, and those on MD5 or RC4 are broken.
"""

from __future__ import annotations

from dataclasses import dataclass

AES_CBC_128 = 1


@dataclass(frozen=True, slots=True)
class Suite:
    """A row of table 22-20 (IPMI 2.0): algorithm numbers as in tables 13-17 to 13-19, and what they mean in Python.

    `digest` names the hash of hashlib. A RAKP 2 or 3 carries all of its HMAC, a RAKP 4 and an authenticated packet the
    first `code_length` octets.
    """

    number: int
    digest: str
    authentication: int
    integrity: int
    code_length: int
    confidentiality: int = AES_CBC_128


SUITE_3 = Suite(3, "sha1", authentication=1, integrity=1, code_length=12)
SUITE_17 = Suite(17, "sha256", authentication=3, integrity=4, code_length=16)
SUITES = (SUITE_17, SUITE_3)
"""In the order in which they are offered: the stronger one first."""
BY_NUMBER = {suite.number: suite for suite in SUITES}
