"""What a caller wants done."""

from __future__ import annotations

from dataclasses import dataclass, field

from xcatd.model.caller import Caller


@dataclass(frozen=True, slots=True)
class Request:
    """One command of one caller. It is split and forwarded, never edited.

    `id` follows the request from the client to the management controller and stands in every log line.
    `argv` are the words after the command's name. When `whole` is true they still contain the noderange (our own
    client sends what was typed); otherwise the client has taken it out (the XML protocol) and it is in `noderange`.
    `nodes` are names that somebody already expanded: then `noderange` is only for the records.
    `remote_clients` are hosts that a trusted front end says its user sits at; the policy compares them like the peer's.
    `via` names the daemons it has passed, first hop first; `down` says that the daemon above sent it, so that it must
    not go back up. `stdin` is the client's whole standard input, if any: it may have a
    password or a token, as `env` may. `progress`: the caller's standard error is a
    terminal, which can show how far a long change has come. `screen`: his standard output is one.
    """

    id: str
    command: str
    caller: Caller
    argv: tuple[str, ...] = ()
    whole: bool = False
    noderange: str | None = None
    nodes: tuple[str, ...] | None = None
    stdin: str | None = field(default=None, repr=False)
    cwd: str = "/"
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    client_type: str = "cli"
    remote_clients: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    down: bool = False
    progress: bool = False
    screen: bool = False
