"""One Redfish service and one account on it, as long as the daemon remembers them: read, change, act."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, TypeVar

from xcatd.errors import Busy, NodeError, TimedOut, Unreachable
from xcatd.hardware.endpoint import Endpoint
from xcatd.hardware.firmware import Tell
from xcatd.hardware.redfish.certificates import Certificates
from xcatd.hardware.redfish.fields import Fields, Resource
from xcatd.hardware.redfish.http import Answer, Http, Question, WebSocket
from xcatd.hardware.redfish.login import KEPT, Login
from xcatd.hardware.redfish.quirks import SESSIONS
from xcatd.hardware.redfish.refusals import UNAUTHORISED, Refused, object_of, refusal
from xcatd.hardware.redfish.tasks import follow, quiet

ROOT = "/redfish/v1/"
LONGEST_REST = 30.0
"""Seconds that a controller may ask to be left alone; more is not believed."""
_CHANGED_MEANWHILE = 412
_WANTS_TAG = 428
_HEADERS: Mapping[str, str] = MappingProxyType({"Accept": "application/json", "OData-Version": "4.0"})
_JSON: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json"})
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})

Body = Callable[[], Any]
"""Makes what aiohttp sends."""
T = TypeVar("T")


def nothing() -> None:
    """A question without a body."""


class Controller:
    """Questions go side by side. `system` is where its only system was found, empty: not yet."""

    def __init__(self, endpoint: Endpoint, http: Http, certificates: Certificates) -> None:
        self.endpoint = endpoint
        self.system = ""
        self._http = http
        self._certificates = certificates
        self._loop = asyncio.get_running_loop()
        self._login = Login(endpoint, self._send, self._sessions)
        self._root: Resource | None = None
        self._root_until = 0.0
        self._heard = 0
        self._working = 0
        self._rest_until = 0.0
        self._busy: Busy | None = None

    @property
    def is_busy(self) -> bool:
        return self._working > 0

    async def within(self, timeout: float, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, which makes requests here; its troubles, or `timeout` seconds over, as errors."""
        heard = self._heard
        self._working += 1
        try:
            async with asyncio.timeout(timeout):
                return await work
        except TimeoutError:
            raise self._silence(timeout, self._heard > heard) from None
        except Refused as refused:
            raise refusal(refused, self.endpoint.place, self.endpoint.user) from None
        finally:
            self._working -= 1

    async def root(self) -> Resource:
        """The service root, which everybody may read (DSP0266, 13.3.1). Read again as often as sessions are renewed."""
        now = self._loop.time()
        if self._root is None or now > self._root_until:
            self._root_until = now + KEPT
            question = Question("GET", ROOT, _HEADERS)
            self._root = self._resource(ROOT, self._checked(question, await self._send(question)))
        return self._root

    async def get(self, path: str) -> Resource:
        """What is at a path. Raises Refused, Unreachable, BadCredentials and what else the way there raises."""
        return self._resource(path, await self._ask("GET", path))

    async def find(self, path: str) -> Resource | None:
        """The same; None when there is nothing, or no path."""
        try:
            return await self.get(path) if path else None
        except Refused as refused:
            if refused.is_lack:
                return None
            raise

    async def change(self, resource: Resource, changes: Mapping[str, Any]) -> None:
        """Set properties of a resource, if it is still the one that was read; read it again, once, when it is not."""
        body = json.dumps(changes).encode()
        try:
            await self._change(resource.path, body, resource.etag)
        except Refused as refused:
            if refused.status == _WANTS_TAG:
                tag = "*"
            elif refused.status == _CHANGED_MEANWHILE:
                tag = (await self.get(resource.path)).etag
            else:
                raise
            await self._change(resource.path, body, tag)

    async def act(self, path: str, words: Mapping[str, Any]) -> None:
        """Do an action, or make a member of a collection; returns when the task that it may start has ended."""
        body = json.dumps(words).encode()
        await self._finish(await self._ask("POST", path, lambda: body, _JSON))

    async def upload(self, path: str, body: Body, headers: Mapping[str, str], tell: Tell) -> None:
        """Send data, once: a stream cannot be sent again. Returns when the task that it starts has ended."""
        await self._finish(await self._ask("POST", path, body, headers, tries=1), tell)

    async def socket(self, path: str, alive_every: float) -> WebSocket | int:
        """A WebSocket at a path, or the status that was answered instead."""
        for _ in range(2):
            shown = await self._login.show()
            verifier = await self._certificates.verifier(self.endpoint)
            question = Question("GET", path, shown.shown())
            found = await self._http.socket(self.endpoint, verifier, question, alive_every)
            self._heard += 1
            if found != UNAUTHORISED or not self._login.forget(shown):
                break
        return found

    async def goodbye(self) -> None:
        """End the session, if there is one, also when the controller wants to be left alone."""
        self._rest_until = 0.0
        with suppress(NodeError):
            await self._login.goodbye()

    async def _change(self, path: str, body: bytes, tag: str) -> None:
        headers = {**_JSON, "If-Match": tag} if tag else _JSON
        await self._finish(await self._ask("PATCH", path, lambda: body, headers))

    async def _finish(self, answer: Answer, tell: Tell = quiet) -> None:
        async def ask(path: str) -> Answer:
            return await self._ask("GET", path)

        await follow(ask, answer, self.endpoint.place, tell)

    async def _ask(
        self, method: str, path: str, body: Body = nothing, headers: Mapping[str, str] = _NO_HEADERS, tries: int = 2
    ) -> Answer:
        """The answer of a status below 300. A session that is refused is opened again: nothing was done under it."""
        for _ in range(tries):
            shown = await self._login.show()
            question = Question(method, path, {**_HEADERS, **headers, **shown.shown()}, body())
            answer = await self._send(question)
            if answer.status != UNAUTHORISED or not self._login.forget(shown):
                break
        return self._checked(question, answer)

    async def _send(self, question: Question) -> Answer:
        if (rest := self._rest_until - self._loop.time()) > 0:
            await asyncio.sleep(rest)
        verifier = await self._certificates.verifier(self.endpoint)
        answer = await self._http.send(self.endpoint, verifier, question)
        self._heard += 1
        return answer

    def _checked(self, question: Question, answer: Answer) -> Answer:
        if answer.status < 300:
            self._busy = None
            return answer
        refused = Refused(question, answer)
        refused.hide(self.endpoint.password)
        if refused.is_busy:
            self._rest_until = self._loop.time() + min(refused.retry_after or 0.0, LONGEST_REST)
            self._busy = Busy(str(refusal(refused, self.endpoint.place, self.endpoint.user)))
        raise refused

    async def _sessions(self) -> str:
        """The collection of sessions; "" when the service has none."""
        root = (await self.root()).fields
        service = root.link("SessionService").rstrip("/")
        return root.link("Links", "Sessions") or (f"{service}/{SESSIONS}" if service else "")

    def _resource(self, path: str, answer: Answer) -> Resource:
        fields = Fields(object_of(answer, self.endpoint.place))
        return Resource(path, fields, answer.headers.get("ETag", "") or fields.text("@odata.etag"))

    def _silence(self, timeout: float, was_heard: bool) -> NodeError:
        place, seconds = self.endpoint.place, f"{timeout:.3g} s"
        if self._busy is not None and self._loop.time() < self._rest_until:
            return self._busy
        if was_heard:
            return TimedOut(
                f"{place} has stopped answering within {seconds}: try again, and reset the BMC if it stays so"
            )
        return Unreachable(
            f"no answer from {place} within {seconds}: check that the BMC has power and a network, and openbmc.bmc"
        )
