"""What a caller of xCAT 2 says: `<xcatrequest>` (protocol.md 1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xcatd.errors import Malformed
from xcatd.model import Secret
from xcatd.protocol.limits import REQUEST, Limits
from xcatd.protocol.xml.framing import Framer
from xcatd.protocol.xml.tree import Tree, Value, parse, render

ROOT = "xcatrequest"

_TEXTS = ("clienttype", "command", "cwd", "noderange", "remote_client", "sequential", "stdin", "transid", "username")
_LISTS = ("arg", "env", "node")
_PARTS = ("abortcommand", "becomeuser", "environment", "gettoken", "tokens")
_KNOWN = frozenset((*_TEXTS, *_LISTS, *_PARTS))


@dataclass(frozen=True, slots=True)
class Login:
    """A user and the password that proves it."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class XmlRequest:
    """One `<xcatrequest>`, as sent: nothing in it is believed yet.

    A text is "" and a tuple empty when the element is missing, except where both mean something: `noderange`, `stdin`
    and `nodes` are None when missing. `nodes` are names that need no expansion. `username` counts only from a daemon.
    `environment` are the client's XCAT_ variables, `env` the `NAME=value` strings of xdsh and its kin.
    `remote_client` are the hosts to use in policy instead of the peer's. `abort`: end the command that runs on this
    connection. `extra` has the elements that only some commands know (table, data, csr, ...).
    """

    command: str = ""
    noderange: str | None = None
    nodes: tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    stdin: str | None = None
    cwd: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    env: tuple[str, ...] = ()
    client_type: str = ""
    username: str = ""
    become: Login | None = None
    gettoken: Login | None = None
    token: Secret | None = None
    remote_client: tuple[str, ...] = ()
    transid: str = ""
    sequential: bool = False
    abort: bool = False
    extra: Tree = field(default_factory=dict)


class RequestReader:
    """Bytes in, requests out, in pieces of any size; several requests may follow each other on a connection."""

    def __init__(self, limits: Limits = REQUEST) -> None:
        self._framer = Framer(ROOT, limits)
        self._limits = limits
        self._broken: Malformed | None = None

    @property
    def partial(self) -> bool:
        """Whether the beginning of a request is waiting for its rest."""
        return self._framer.partial

    def feed(self, data: bytes) -> list[XmlRequest]:
        """The requests that `data` completes.

        Raises Malformed or TooLarge when what arrived is no request: then the connection is lost. Requests that came
        whole before it are returned first: then the next call raises, also with no data.
        """
        if self._broken is not None:
            raise self._broken
        self._framer.add(data)
        requests: list[XmlRequest] = []
        try:
            while (document := self._framer.next()) is not None:
                requests.append(_request(parse(document, self._limits)))
        except Malformed as error:
            self._broken = error
            if not requests:
                raise
        return requests


def request_bytes(request: XmlRequest) -> bytes:
    """The request as xCAT's own client writes it."""
    tree: dict[str, list[Value]] = {name: list(values) for name, values in request.extra.items()}
    texts = {
        "command": request.command,
        "cwd": request.cwd,
        "clienttype": request.client_type,
        "username": request.username,
        "remote_client": ",".join(request.remote_client),
        "transid": request.transid,
        "sequential": "1" if request.sequential else "",
        "abortcommand": "1" if request.abort else "",
    }
    tree |= {name: [text] for name, text in texts.items() if text}
    maybe = {"noderange": request.noderange, "stdin": request.stdin}
    tree |= {name: [text] for name, text in maybe.items() if text is not None}
    lists = {"arg": request.args, "node": request.nodes or (), "env": request.env}
    tree |= {name: list(values) for name, values in lists.items() if values}
    if request.environment:
        tree["environment"] = [{name: [value] for name, value in request.environment}]
    for name, login in (("becomeuser", request.become), ("gettoken", request.gettoken)):
        if login is not None:
            tree[name] = [{"username": [login.username], "password": [login.password.reveal()]}]
    if request.token is not None:
        tree["tokens"] = [{"tokenid": [request.token.reveal()]}]
    return render(ROOT, tree).encode()


def _request(tree: Tree) -> XmlRequest:
    return XmlRequest(
        command=_text(tree, "command").strip(),
        noderange=_text(tree, "noderange") if "noderange" in tree else None,
        nodes=_texts(tree, "node") if "node" in tree else None,
        args=_texts(tree, "arg"),
        stdin=_text(tree, "stdin") if "stdin" in tree else None,
        cwd=_text(tree, "cwd"),
        environment=_variables(_part(tree, "environment")),
        env=_texts(tree, "env"),
        client_type=_text(tree, "clienttype"),
        username=_text(tree, "username"),
        become=_login(tree, "becomeuser"),
        gettoken=_login(tree, "gettoken"),
        token=Secret(_text(_part(tree, "tokens"), "tokenid")) if "tokens" in tree else None,
        remote_client=tuple(host for word in _text(tree, "remote_client").split(",") if (host := word.strip())),
        transid=_text(tree, "transid"),
        sequential=_text(tree, "sequential") not in ("", "0"),
        abort="abortcommand" in tree,
        extra={name: values for name, values in tree.items() if name not in _KNOWN},
    )


def _variables(tree: Tree) -> tuple[tuple[str, str], ...]:
    return tuple((name, _text(tree, name)) for name in tree)


def _login(tree: Tree, name: str) -> Login | None:
    if name not in tree:
        return None
    part = _part(tree, name)
    return Login(_text(part, "username"), Secret(_text(part, "password")))


def _part(tree: Tree, name: str) -> Tree:
    """The first element of that name, of which only the children count; empty when there is none."""
    value = tree[name][0] if name in tree else {}
    return value if isinstance(value, Mapping) else {}


def _text(tree: Tree, name: str) -> str:
    """The first element of that name, "" when there is none."""
    return _as_text(name, tree[name][0]) if name in tree else ""


def _texts(tree: Tree, name: str) -> tuple[str, ...]:
    return tuple(_as_text(name, value) for value in tree[name]) if name in tree else ()


def _as_text(name: str, value: Value) -> str:
    if isinstance(value, str):
        return value
    raise Malformed(f"The element <{name}> holds elements where a text belongs: send it as xCAT's client does.")
