"""What goes wrong on the client's side, told in one sentence."""

from __future__ import annotations

NO_CONNECTION = 255
"""Exit status when no daemon could be asked, as with xCAT 2 (`die` in its client)."""

FAILED = 1
"""Exit status when the daemon was asked, or need not be, and there is no whole answer."""


class Trouble(Exception):
    """`str(trouble)` names the thing and the remedy; `status` is what the program exits with."""

    def __init__(self, sentence: str, status: int = FAILED) -> None:
        super().__init__(sentence)
        self.status = status


class Elsewhere(Exception):
    """The daemon has done nothing, because another one is the active management node, as the sentence says. `places`: where that
    may be; none when nobody knows."""

    def __init__(self, sentence: str, places: list[str]) -> None:
        super().__init__(sentence)
        self.places = places
