"""How much a daemon keeps open towards controllers, and how patient it is with the network between."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`idle`: seconds that an unused session is kept (a BMC drops it after 60, IPMI 2.0 section 6.12.15).

    `sessions`: how many controllers are remembered, each with at most one session.
    `in_flight`: questions that may wait for their first answer at once.
    `repeat_after`: seconds until a question without an answer is sent again; doubled each time, up to eight times this.
    """

    idle: float = 25.0
    sessions: int = 10_000
    in_flight: int = 1024
    repeat_after: float = 0.4
