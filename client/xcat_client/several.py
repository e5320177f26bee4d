"""Finding the active one of several management nodes. Imported when XCATHOST names several, or a daemon points elsewhere.

A daemon that stands by has done nothing with a request, so it may be sent again.
"""

from __future__ import annotations

from time import monotonic, sleep

from xcat_client.trouble import NO_CONNECTION, Elsewhere, Trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable, Sequence

    from xcat_client.session import Wire

    Connected = tuple[socket, Wire]
    Dial = Callable[[str, float], Connected]
    Attempt = Callable[[socket, Wire], int]

PATIENCE = 15.0
"""Seconds in which one of those that stand by becomes the active one."""
HASTE, CONNECT = 3.0, 15.0
"""Seconds for a connection, at first and at most: one of the places may hang. Doubled in each round."""
PAUSE = 0.3
"""Seconds between two rounds."""


class Several:
    """Places that are asked in turn. `dial` connects to one, within so many seconds; `attempt` has it run the command."""

    def __init__(self, places: Sequence[str], dial: Dial, attempt: Attempt) -> None:
        self._places = list(places)
        self._pointed: Elsewhere | None = None
        self._dial = dial
        self._attempt = attempt
        self._trouble: Trouble | None = None

    def run(self, pointed: Elsewhere | None = None) -> int:
        """The exit status of the command. `pointed`: what one who stands by has said already. Raises Trouble when nobody answers,
        or when nobody is the active one for too long."""
        self._pointed = pointed
        deadline, haste = monotonic() + PATIENCE, HASTE
        while True:
            told = self._pointed.places if self._pointed is not None else ()
            for place in dict.fromkeys((*told, *self._places)):
                try:
                    return self._ask(place, haste)
                except Trouble as trouble:
                    if trouble.status != NO_CONNECTION:
                        raise
                    self._trouble = trouble
                except Elsewhere as elsewhere:
                    self._pointed = elsewhere
            if self._trouble is not None and self._pointed is None:
                raise self._trouble
            if monotonic() > deadline:
                raise self._nobody()
            haste = min(haste * 2, CONNECT)
            sleep(PAUSE)

    def _nobody(self) -> Trouble:
        return Trouble(f"{self._pointed}" if self._trouble is None else f"{self._pointed}; {self._trouble}")

    def _ask(self, place: str, seconds: float) -> int:
        sock, wire = self._dial(place, seconds)
        try:
            return self._attempt(sock, wire)
        finally:
            sock.close()
