"""What was learned about a BMC at the last log-in, so that the next one begins with what works."""

from __future__ import annotations

from dataclasses import dataclass

from xcatd.hardware.ipmi.commands import Privilege
from xcatd.hardware.ipmi.suites import SUITE_17, Suite


@dataclass(frozen=True, slots=True)
class Habit:
    """`rmcp_plus`: it speaks IPMI 2.0. `suite` and `role`: what it accepted."""

    rmcp_plus: bool = True
    suite: Suite = SUITE_17
    role: Privilege = Privilege.ADMINISTRATOR
