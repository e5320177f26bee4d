"""Nouns <-> JSON, for the links between daemons. What is not the agreed form is refused.

What a newer minor version has more is left out: fields of a request, kinds of replies, what stands behind a reply's last item. So
a version may add only what the one before it can do without.

Replies are lists, not objects, because there are many of them. JSON is written in ASCII, so that lone surrogates
(bytes of a file name that were not UTF-8) survive.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from xcatd.errors import Malformed
from xcatd.model import (
    Block,
    Caller,
    Channel,
    Done,
    Ended,
    Failure,
    Line,
    NodeBlock,
    NodeLine,
    Progress,
    Raw,
    Reply,
    Request,
    Role,
    Verdict,
)

_T = TypeVar("_T")
_REPLIES = frozenset("LBNRPFED")
"""The first items of the replies that this version knows."""


def request_to_json(request: Request) -> bytes:
    return _dump(
        {
            "id": request.id,
            "command": request.command,
            "caller": _caller(request.caller),
            "argv": request.argv,
            "whole": request.whole,
            "noderange": request.noderange,
            "nodes": request.nodes,
            "stdin": request.stdin,
            "cwd": request.cwd,
            "env": request.env,
            "client_type": request.client_type,
            "remote_clients": request.remote_clients,
            "via": request.via,
            "down": request.down,
            "progress": request.progress,
            "screen": request.screen,
        }
    )


def request_from_json(payload: bytes) -> Request:
    """The request. Raises Malformed."""
    return _read("request", payload, _request)


def replies_to_json(replies: Sequence[Reply]) -> bytes:
    return _dump([_reply(reply) for reply in replies])


def replies_from_json(payload: bytes) -> list[Reply]:
    """The replies in their order. Raises Malformed."""
    return _read("list of replies", payload, _as_replies)


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _read(what: str, payload: bytes, convert: Callable[[Any], _T]) -> _T:
    """Parses and converts; a ValueError or a KeyError of either means that the form is wrong."""
    try:
        return convert(json.loads(payload.decode()))
    except (ValueError, KeyError, RecursionError) as error:
        raise Malformed(f"A daemon sent something that is no {what}: run the same version of xcatd on both.") from error


def _request(value: Any) -> Request:
    match value:
        case {
            "id": str() as id,
            "command": str() as command,
            "caller": caller,
            "argv": list() as argv,
            "whole": bool() as whole,
            "noderange": str() | None as noderange,
            "nodes": list() | None as nodes,
            "stdin": str() | None as stdin,
            "cwd": str() as cwd,
            "env": list() as env,
            "client_type": str() as client_type,
            "remote_clients": list() as remote_clients,
            "via": list() as via,
            "down": bool() as down,
            "progress": bool() as progress,
            "screen": bool() as screen,
        }:
            return Request(
                id=id,
                command=command,
                caller=_as_caller(caller),
                argv=_texts(argv),
                whole=whole,
                noderange=noderange,
                nodes=None if nodes is None else _texts(nodes),
                stdin=stdin,
                cwd=cwd,
                env=tuple(_pair(item) for item in env),
                client_type=client_type,
                remote_clients=_texts(remote_clients),
                via=_texts(via),
                down=down,
                progress=progress,
                screen=screen,
            )
    raise ValueError("not the fields of a request")


def _caller(caller: Caller) -> list[str]:
    return [caller.name, caller.role, caller.host, caller.peer]


def _as_caller(value: Any) -> Caller:
    name, role, host, peer = _texts(value)
    return Caller(name, Role(role), host, peer)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("not a list of texts")
    return tuple(value)


def _pair(value: Any) -> tuple[str, str]:
    name, text = _texts(value)
    return name, text


def _reply(reply: Reply) -> list[Any]:
    match reply:
        case Line(text, node, label, channel, source):
            return ["L", text, node, label, channel, source]
        case Block(texts, channel, source):
            return ["B", texts, channel, source]
        case NodeBlock(lines, source):
            return ["N", lines, source]
        case Raw(octets):
            return ["R", b64encode(octets).decode()]
        case Progress(done, total):
            return ["P", done, total]
        case Failure(text, node, code, channel, source, prefix, cause):
            return ["F", text, node, code, channel, source, prefix, *([cause] if cause else ())]
        case Ended(node, verdict, seconds):
            return ["E", node, verdict, *([round(seconds, 3)] if seconds else [])]
        case Done(status):
            return ["D", status]


def _as_replies(value: Any) -> list[Reply]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    return [_as_reply(item) for item in value if not _is_newer(item)]


def _is_newer(value: Any) -> bool:
    """Whether this is a reply of a kind that only a newer version knows: a capital letter, and what belongs to it."""
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], str)
        and len(value[0]) == 1
        and "A" <= value[0] <= "Z"
        and value[0] not in _REPLIES
    )


def _as_reply(value: Any) -> Reply:
    match value:
        case [
            "L",
            str() | None as text,
            str() | None as node,
            str() | None as label,
            str() as channel,
            str() as source,
            *_,
        ]:
            return Line(text, node, label, Channel(channel), source)
        case ["B", list() as texts, str() as channel, str() as source, *_]:
            return Block(_texts(texts), Channel(channel), source)
        case ["N", list() as lines, str() as source, *_]:
            return NodeBlock(tuple(map(_node_line, lines)), source)
        case ["R", str() as octets, *_]:
            return Raw(b64decode(octets, validate=True))
        case ["P", done, total, *_]:
            return Progress(_number(done), _number(total))
        case [
            "F",
            str() as text,
            str() | None as node,
            code,
            str() as channel,
            str() as source,
            bool() as prefix,
            *more,
        ]:
            return Failure(text, node, _number(code), Channel(channel), source, prefix, _cause(more))
        case ["E", str() as node, str() as verdict, *more]:
            return Ended(node, Verdict(verdict), _seconds(more))
        case ["D", status, *_]:
            return Done(_number(status))
    raise ValueError("not a reply")


def _seconds(more: list[object]) -> float:
    if not more:
        return 0.0
    seconds, *_ = more
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 10**9:
        raise ValueError("no number of seconds")
    return float(seconds)


def _cause(more: list[Any]) -> str:
    match more:
        case []:
            return ""
        case [str() as cause, *_] if cause:
            return cause
    raise ValueError("not a cause")


def _node_line(value: Any) -> NodeLine:
    match value:
        case [str() as node, str() | None as label, str() | None as text]:
            return node, label, text
    raise ValueError("not a line of a node")


def _number(value: Any) -> int:
    if type(value) is not int:  # a bool is an int to isinstance
        raise ValueError("not a whole number")
    return value
