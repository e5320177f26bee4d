"""Who we are to one controller: a session of its SessionService, kept for a bounded time, or the password each time."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from xcatd.errors import NodeError
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.redfish.http import Answer, Question
from xcatd.hardware.redfish.refusals import UNAUTHORISED, Refused
from xcatd.model import Secret

KEPT = 600.0
"""Seconds for which a session is used. One that its controller ends earlier (Sessions have a timeout) is opened again."""

_REFUSES_PASSWORD = frozenset({UNAUTHORISED, 403})

Send = Callable[[Question], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Pass:
    """What is shown with each question. `session` is the path of the session, "" when the password itself is shown."""

    headers: Secret
    session: str
    until: float

    def shown(self) -> dict[str, str]:
        """As headers."""
        name, _, value = self.headers.reveal().partition(": ")
        return {name: value}


class Login:
    """One account on one controller. `sessions` finds the collection of sessions; "": the service has none."""

    def __init__(self, endpoint: Endpoint, send: Send, sessions: Callable[[], Awaitable[str]]) -> None:
        self._endpoint = endpoint
        self._send = send
        self._sessions = sessions
        self._turn = asyncio.Lock()
        self._pass: Pass | None = None

    async def show(self) -> Pass:
        """What to show now. Raises Refused when the password is wrong."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if self._pass is not None and self._pass.until <= now:
                await self._leave(self._pass)
            if self._pass is None:
                self._pass = await self._open(now + KEPT)
            return self._pass

    def forget(self, shown: Pass) -> bool:
        """`shown` was refused. Whether another one can be had: the password itself does not become right."""
        if self._pass is shown:
            self._pass = None
        return bool(shown.session)

    async def goodbye(self) -> None:
        """End the session, if there is one."""
        async with self._turn:
            if self._pass is not None:
                await self._leave(self._pass)

    async def _leave(self, shown: Pass) -> None:
        self._pass = None
        if shown.session:
            with suppress(NodeError):  # then it ends by its timeout
                await self._send(Question("DELETE", shown.session, shown.shown()))

    async def _open(self, until: float) -> Pass:
        sessions = await self._sessions()
        if sessions:
            question = self._question(sessions)
            answer = await self._send(question)
            token, place = answer.headers.get("X-Auth-Token", ""), answer.headers.get("Location", "")
            if answer.status < 300 and token and place:
                return Pass(Secret(f"X-Auth-Token: {token}"), place, until)
            if answer.status in _REFUSES_PASSWORD:
                refused = Refused(question, answer)
                refused.hide(self._endpoint.password)
                raise refused
        return self._basic(until)  # also when all sessions are taken

    def _question(self, sessions: str) -> Question:
        words = {"UserName": self._endpoint.user, "Password": self._endpoint.password.reveal()}
        return Question("POST", sessions, {"Content-Type": "application/json"}, json.dumps(words).encode())

    def _basic(self, until: float) -> Pass:
        words = f"{self._endpoint.user}:{self._endpoint.password.reveal()}"
        return Pass(Secret(f"Authorization: Basic {base64.b64encode(words.encode()).decode()}"), "", until)
