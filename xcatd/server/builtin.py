"""The requests of xCAT 2 that are no commands: who am I, what is in this noderange, give me a token (protocol.md 1.5, 3.8), what
am I to do (2.6)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from xcatd.dispatch import Hall
from xcatd.errors import Denied, NotFound, XcatError
from xcatd.model import Caller, Request, Role
from xcatd.noderange import expand
from xcatd.objects import world_of
from xcatd.policy import Policy, check_password, new_token, token_user
from xcatd.protocol.xml import Value, XmlRequest
from xcatd.server.oldcredentials import credentials_for
from xcatd.services.nodes import Deeds
from xcatd.services.nodes.destiny import UNKNOWN, Current, Destiny, destiny, next_destiny
from xcatd.store import Change, Snapshot, Store

log = logging.getLogger(__name__)

Elements = Mapping[str, Sequence[Value]]


def authenticate(asked: XmlRequest, caller: Caller, snapshot: Snapshot) -> tuple[Caller, Sequence[Change]]:
    """The caller after a log-in by password or token, if there is one, and what that changes. Raises Denied."""
    if asked.become is not None:
        if not check_password(snapshot, asked.become.username, asked.become.password):
            raise Denied("Authentication failure")
        return replace(caller, name=asked.become.username, role=Role.USER), ()
    if asked.token is not None:
        use = token_user(snapshot, asked.token.reveal(), datetime.now())
        if use is None:
            raise Denied("Authentication failure")
        return replace(caller, name=use.user, role=Role.USER), use.changes
    return caller, ()


async def note_use(store: Store, changes: Sequence[Change], user: str) -> None:
    """Keep when a token was used last. That this fails is no reason to refuse a request."""
    try:
        await store.write(changes, author=user)
    except XcatError as error:
        log.warning("the use of a token of %s was not kept: %s", user, error)


def _require(hall: Hall, request: Request) -> None:
    decision = Policy.of(hall.host.store.snapshot).decide(
        request.caller, request.command, request.argv, None, datetime.now(), request.remote_clients
    )
    hall.audit(request, decision)
    if not decision.allowed:
        raise Denied("Permission denied for request")


async def _authcheck(hall: Hall, asked: XmlRequest, request: Request) -> Elements:
    decision = Policy.of(hall.host.store.snapshot).decide(request.caller, "authcheck", (), None, datetime.now())
    if decision.allowed:
        return {"username": [request.caller.name], "data": ["Authenticated"]}
    return {"data": ["Unauthenticated"]}


async def _noderange(hall: Hall, asked: XmlRequest, request: Request) -> Elements:
    _require(hall, request)
    snapshot = hall.host.store.snapshot
    found = expand(asked.noderange or "", world_of(snapshot), exclude=snapshot.site("excludenodes"))
    elements: dict[str, Sequence[Value]] = {"node": list(found.nodes)} if found.nodes else {}
    if found.missing:
        elements["warning"] = [f"Invalid nodes in noderange:{','.join(found.missing)}"]
    return elements


async def _extnoderange(hall: Hall, asked: XmlRequest, request: Request) -> Elements:
    elements = dict(await _noderange(hall, asked, request))
    if "subgroups" in asked.args:
        world = world_of(hall.host.store.snapshot)
        groups = {group for node in elements.get("node", ()) for group in world.groups_of(str(node))}
        elements["intersectinggroups"] = sorted(groups)
    return elements


async def _gettoken(hall: Hall, asked: XmlRequest, request: Request) -> Elements:
    login = asked.gettoken
    snapshot = hall.host.store.snapshot
    if login is None or not check_password(snapshot, login.username, login.password):
        raise Denied("Authentication failure")
    token = new_token(snapshot, login.username, datetime.now())
    await hall.host.store.write([token.change], author=login.username)
    return {"data": [{"token": [{"id": [token.id], "expire": [token.expire]}]}]}


async def _getcredentials(hall: Hall, asked: XmlRequest, request: Request) -> Elements:
    _require(hall, request)
    host = hall.host
    return await credentials_for(host.hearing, host.root, request.caller, asked)


async def _getdestiny(hall: Hall, asked: XmlRequest, request: Request) -> Elements:
    return await _destiny(hall, request, destiny) or {"destiny": [UNKNOWN]}


async def _nextdestiny(hall: Hall, asked: XmlRequest, request: Request) -> Elements:
    """The next step is taken in any case, as old images mean it."""

    async def next_one(node: str, tables: Current, deeds: Deeds) -> Destiny:
        return await next_destiny(node, "", tables, deeds)

    return await _destiny(hall, request, next_one)


async def _destiny(hall: Hall, request: Request, find: Callable[[str, Current, Deeds], Awaitable[Destiny]]) -> Elements:
    """Who asks is a node by its certificate, or by its address. Nothing for a machine that is none."""
    _require(hall, request)
    caller, hearing = request.caller, hall.host.hearing
    if hearing is None:
        return {}
    try:
        node = caller.name if caller.role is Role.NODE else await hearing.whose.node(caller.peer)
    except NotFound as error:
        log.info("%s asks what it is to do: %s", caller.peer, error)
        return {}
    found = await find(node, hearing.store, hearing.deeds)
    return {"node": [{name: [text] for name, text in found.fields()}]}


BUILTIN: Mapping[str, Callable[[Hall, XmlRequest, Request], Awaitable[Elements]]] = {
    "authcheck": _authcheck,
    "noderange": _noderange,
    "extnoderange": _extnoderange,
    "gettoken": _gettoken,
    "getcredentials": _getcredentials,
    "getdestiny": _getdestiny,
    "nextdestiny": _nextdestiny,
}
