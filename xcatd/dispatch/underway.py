"""What this daemon is working on: who waits until a service node has nothing to do any more asks here."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from xcatd.model import Request, current_request


class Underway:
    """The requests that this daemon has in hand, its callers' own and those of other daemons."""

    def __init__(self) -> None:
        self._requests: dict[int, Request] = {}
        self._next = 0

    @contextlib.contextmanager
    def one(self, request: Request) -> Iterator[None]:
        """This one is in hand meanwhile."""
        number, self._next = self._next, self._next + 1
        self._requests[number] = request
        try:
            yield
        finally:
            del self._requests[number]

    def others(self) -> Sequence[str]:
        """All but the one that asks, and what that has started: command, caller and id of each."""
        mine = current_request.get()
        requests = [request for request in self._requests.values() if request.id != mine]
        return [f"{each.command} of {each.caller.name or 'somebody'} (request {each.id})" for each in requests]
