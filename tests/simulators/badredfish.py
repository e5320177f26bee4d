"""A Redfish service of our own, over real TLS in the test's event loop: small, complete where sushy-tools is not, and bad on
command.

It has sessions, accounts, tags (ETag), tasks, logs, sensors, network settings and an update service for one system; the
resources are in `redfishtree`. What it does not do: roles (who is let in may do everything), schema checks of what is
changed (a PATCH is merged as it is), queries other than the pages of its log, and events.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.simulators.redfishtree import (
    ACCOUNTS,
    CLEAR,
    LOG,
    MULTIPART,
    PUSH,
    RESET,
    ROOT,
    SESSIONS,
    SYSTEM,
    Tree,
    a_server,
    link,
)

TASK = "/redfish/v1/TaskService/Tasks/1"
_POWER: Mapping[str, tuple[str, str]] = {
    "On": ("power 1", "On"),
    "ForceOff": ("power 0", "Off"),
    "GracefulShutdown": ("shutdown 1", "Off"),
    "ForceRestart": ("reset 1", "On"),
    "PowerCycle": ("power 0", "On"),
    "Nmi": ("nmi", "On"),
}
"""Kind of reset -> what is written into the journal, and the state afterwards."""

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Service:
    """Set a field, and from the next request on it behaves so.

    `instead`: "METHOD path" -> what answers instead, as often as they are in the list. `has_sessions`, `has_tags`: whether
    there is such a thing. `wants_tags`: a PATCH without If-Match is refused. `meddler`: before the next PATCH, somebody
    else changes the resource so often. `slow`: the power changes after so many looks. `task`: the states that a task goes
    through, the last one for good; empty: nothing becomes a task. `hidden`: paths that are not there.
    """

    user: str = "admin"
    password: str = "secret"
    tree: Tree = field(default_factory=a_server)
    instead: dict[str, list[Answer]] = field(default_factory=dict)
    has_sessions: bool = True
    has_tags: bool = True
    wants_tags: bool = False
    meddler: int = 0
    slow: int = 0
    is_stuck: bool = False
    task: list[dict[str, Any]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    journal: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    logins: int = 0
    images: list[bytes] = field(default_factory=list)
    host: str = ""
    port: int = 0
    _versions: dict[str, int] = field(default_factory=dict)
    _coming: str = ""
    _looks: int = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        what = f"{request.method} {request.path_qs}"
        self.asked.append(what)
        if queue := self.instead.get(what):
            return await queue.pop(0)(request)
        if not self._is_open(request) and not self._knows(request):
            return refusal(401, "NoValidSession", "There is no valid session")
        return await self._do(request)

    async def beginning(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers that the `task` has begun, for `instead`."""
        return self._begin()

    def drop_sessions(self) -> None:
        """What a reboot of the BMC does to them."""
        self.sessions.clear()

    async def _do(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path_qs
        if path in self.hidden:
            return refusal(404, "ResourceMissingAtURI", "There is nothing")
        if request.method == "POST":
            return await self._post(request, path)
        if request.method == "DELETE" and path in self.sessions.values():
            self.sessions = {token: place for token, place in self.sessions.items() if place != path}
            return web.Response(status=204)
        if path == TASK:
            return self._step()
        if path not in self.tree:
            return refusal(404, "ResourceMissingAtURI", "There is nothing")
        return self._get(path) if request.method == "GET" else await self._patch(request, path)

    def _get(self, path: str) -> web.Response:
        if path == SYSTEM and self._coming:
            self._looks -= 1
            if self._looks < 0:
                self.tree[SYSTEM]["PowerState"], self._coming = self._coming, ""
        headers = {"ETag": self.tag(path)} if self.has_tags else {}
        return web.json_response(self.tree[path], headers=headers)

    async def _patch(self, request: web.BaseRequest, path: str) -> web.Response:
        if self.meddler:
            self.meddler -= 1
            self._versions[path] = self._versions.get(path, 0) + 1
        wanted = request.headers.get("If-Match")
        if self.wants_tags and wanted is None:
            return refusal(428, "PreconditionRequired", "If-Match is required")
        if wanted not in (None, "*", self.tag(path)):
            return refusal(412, "PreconditionFailed", "The resource has changed")
        changes = await request.json()
        if path.startswith(f"{ACCOUNTS}/") and "Password" in changes:
            self.password = changes.pop("Password")
            self.journal.append(f"password of {changes.get('UserName') or self.tree[path]['UserName']}")
        self.tree[path] = merged(self.tree[path], changes)
        if "IPv4StaticAddresses" in changes:
            fixed = self.tree[path]["IPv4StaticAddresses"]
            self.tree[path]["IPv4Addresses"] = [{**one, "AddressOrigin": "Static"} for one in fixed]
        self._versions[path] = self._versions.get(path, 0) + 1
        return web.Response(status=204)

    async def _post(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        if path == SESSIONS and self.has_sessions:
            return self._log_in(await request.json())
        if path in (PUSH, MULTIPART):
            return await self._install(request)
        if path == RESET:
            return self._reset((await request.json())["ResetType"])
        if path == CLEAR:
            self.tree[f"{LOG}/Entries"] = {"Members": []}
            return self._begin()
        if path == ACCOUNTS:
            return self._make_account(await request.json())
        return refusal(404, "ResourceMissingAtURI", "There is nothing")

    def _log_in(self, words: dict[str, str]) -> web.Response:
        if (words["UserName"], words["Password"]) != (self.user, self.password):
            return refusal(401, "InsufficientPrivilege", f"{words['Password']} is wrong")
        token, self.logins = secrets.token_hex(8), self.logins + 1
        self.sessions[token] = f"{SESSIONS}/{self.logins}"
        headers = {"X-Auth-Token": token, "Location": self.sessions[token]}
        return web.json_response({}, status=201, headers=headers)

    def _reset(self, kind: str) -> web.StreamResponse:
        if self.tree[SYSTEM]["PowerState"] == "Off" and kind == "ForceOff":
            return refusal(409, "InvalidOperationForSystemState", "It is off")
        done, state = _POWER[kind]
        self.journal.append(done)
        if not self.is_stuck:
            self._coming, self._looks = state, self.slow
        return self._begin()

    def _make_account(self, words: dict[str, Any]) -> web.Response:
        path = f"{ACCOUNTS}/{words['UserName']}"
        self.journal.append(f"account {words['UserName']} {words['RoleId']} {words.pop('Password')}")
        self.tree[path] = {"@odata.id": path, "Id": words["UserName"], **words}
        self.tree[ACCOUNTS]["Members"].append(link(path))
        return web.Response(status=201, headers={"Location": path})

    async def _install(self, request: web.BaseRequest) -> web.StreamResponse:
        if not request.content_type.startswith("multipart/"):
            self.images.append(await request.read())
            return self._begin()
        parts = await request.multipart()
        while (part := await parts.next()) is not None:
            name = getattr(part, "name", "")
            self.journal.append(f"part {name}")
            if name == "UpdateFile":
                self.images.append(bytes(await part.read()))  # type: ignore[union-attr]
        return self._begin()

    def _begin(self) -> web.Response:
        if not self.task:
            return web.Response(status=204)
        return web.json_response({"@odata.id": TASK, **self._next()}, status=202, headers={"Location": TASK})

    def _next(self) -> dict[str, Any]:
        return self.task.pop(0) if len(self.task) > 1 else self.task[0]

    def _step(self) -> web.Response:
        state = self._next()
        is_running = state.get("TaskState") in ("Running", "Starting")
        return web.json_response({"@odata.id": TASK, **state}, status=202 if is_running else 200)

    def tag(self, path: str) -> str:
        return f'"{self._versions.get(path, 0)}"'

    def _is_open(self, request: web.BaseRequest) -> bool:
        return request.path == ROOT or (request.method == "POST" and request.path == SESSIONS and self.has_sessions)

    def _knows(self, request: web.BaseRequest) -> bool:
        if (token := request.headers.get("X-Auth-Token")) is not None:
            return token in self.sessions
        account = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {account}"


def merged(old: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """As PATCH changes a resource: objects are merged, all else is replaced (RFC 7396), lists by their members."""
    new = dict(old)
    for name, value in changes.items():
        before = new.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            new[name] = merged(before, value)
        elif isinstance(value, list) and isinstance(before, list) and all(isinstance(one, dict) for one in value):
            pairs = zip(value, before + [{}] * len(value), strict=False)
            new[name] = [merged(was, one) for one, was in pairs]
        else:
            new[name] = value
    return new


def refusal(status: int, word: str, message: str, **headers: str) -> web.Response:
    """An error as Redfish writes it."""
    info = [{"MessageId": f"Base.1.8.{word}", "Message": f"{message}."}]
    body = {"error": {"code": f"Base.1.8.{word}", "message": "See ExtendedInfo", "@Message.ExtendedInfo": info}}
    return web.json_response(
        body, status=status, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def saying(status: int = 200, text: str = "", content_type: str = "text/html", **headers: str) -> Answer:
    """Answers with a text."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        fixed = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, content_type=content_type, headers=fixed)

    return answer


def refusing(status: int, word: str, message: str, **headers: str) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return refusal(status, word, message, **headers)

    return answer


async def hanging(request: web.BaseRequest) -> web.StreamResponse:
    """Never answers."""
    await asyncio.Event().wait()
    raise AssertionError


async def dropping(request: web.BaseRequest) -> web.StreamResponse:
    """Hangs up instead of an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def breaking_off(request: web.BaseRequest) -> web.StreamResponse:
    """Hangs up in the middle of an answer."""
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"Name": "no')
    assert request.transport is not None
    request.transport.close()
    return response


async def flooding(request: web.BaseRequest) -> web.StreamResponse:
    """An answer without an end."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    with suppress(ConnectionError):
        while request.transport is not None and not request.transport.is_closing():
            await response.write(b" " * 65536)
            await asyncio.sleep(0)  # a connection that has gone takes everything at once
    return response


@asynccontextmanager
async def serving(
    service: Service, context: ssl.SSLContext, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Service]:
    """The service at an address of its own, until the block ends. `port` 0: any that is free."""
    runner = web.ServerRunner(web.Server(service.answer), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=context).start()
        service.host, service.port = runner.addresses[0][:2]
        yield service
    finally:
        await runner.cleanup()
