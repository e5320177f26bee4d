"""One line in the log for every request, with the id it keeps to the last wire."""

from __future__ import annotations

import itertools
import logging
import secrets
import time

from xcatd.model import Request

log = logging.getLogger(__name__)


ABORTED = 130
"""The status of a request that its caller has aborted or left, as a shell shows a program ended by Ctrl-C."""


class Ids:
    """Ids that no other request of the cluster has: six random digits of this daemon, then a number."""

    def __init__(self) -> None:
        self._start = secrets.token_hex(3)
        self._numbers = itertools.count(1)

    def new(self) -> str:
        return f"{self._start}-{next(self._numbers):x}"


class Record:
    """A request from its arrival to its end."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._began = time.monotonic()

    def end(self, status: int) -> None:
        request = self._request
        log.info(
            "request",
            extra={
                "facts": {
                    "request": request.id,
                    "command": request.command,
                    "caller": request.caller.name,
                    "client": request.caller.host or request.caller.peer,
                    "status": status,
                    "ms": round((time.monotonic() - self._began) * 1000, 2),
                }
            },
        )
