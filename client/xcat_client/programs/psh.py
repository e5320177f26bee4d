"""`psh`: runs a command on nodes by ssh from where it is typed."""

from __future__ import annotations

import getopt
import os
from typing import TYPE_CHECKING

from xcat_client.programs import asked
from xcat_client.programs.fanned import Fan
from xcat_client.programs.noderange import nodes_of, with_suffix
from xcat_client.programs.streams import show
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USAGE = b"""\
Usage: psh [-i <suffix>] [-l <user>] [-f <fanout>] [-t <seconds>] [--nonodecheck] <noderange> <command>
    Runs ssh on this host, with this account's keys, for each node; see xdsh for commands by way of service nodes.
    -i : names of nodes get this suffix: n1-ib0
    -l : the user on the nodes
    -f : nodes at once; XCATPSHFANOUT, else 64
    -t : seconds until a node must have answered
    --nonodecheck : the names as they are typed, separated by commas, without asking the daemon
"""
_FANOUT = 64
_LONG = ["interface=", "loginname=", "fanout=", "timeout=", "nonodecheck", "help", "version"]


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status: how many nodes failed, never 0 when one has. Raises Trouble."""
    try:
        given, operands = getopt.getopt(list(words[1:]), "i:l:f:t:hv", _LONG)
    except getopt.GetoptError as error:
        raise Trouble(f"psh: {error}; see psh -h") from error
    options = {flag.lstrip("-")[0]: value for flag, value in given}
    if "v" in options:
        return asked.shown(["nodels", "--version"], env)
    if "h" in options or len(operands) < 2:
        show(USAGE)
        return 0 if "h" in options else 1
    noderange, *command = operands
    names = noderange.split(",") if "n" in options else nodes_of(noderange, env)
    if not names:
        return 1
    fan = Fan(_ssh(options, command), _fanout(options, env), _say)
    statuses = fan.run(with_suffix(names, options.get("i", "")))
    failed = {node: status for node, status in statuses.items() if status}
    for node, status in failed.items():
        os.write(2, f"{node}: *** ssh exited with error code {status}.\n".encode(errors="surrogateescape"))
    return len(failed) % 256 or min(len(failed), 1)


def _ssh(options: Mapping[str, str], command: Sequence[str]) -> _Program:
    user = ("-l", options["l"]) if "l" in options else ()
    limit = ("-o", f"ConnectTimeout={options['t']}") if "t" in options else ()
    return lambda node: ("ssh", "-o", "BatchMode=yes", *user, *limit, "--", node, *command)


def _fanout(options: Mapping[str, str], env: Mapping[str, str]) -> int:
    text = options.get("f") or env.get("XCATPSHFANOUT") or str(_FANOUT)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise Trouble(f"psh: the fanout is a number of nodes, not {text!r}.")
    return int(text)


def _say(node: str, line: bytes) -> None:
    show(node.encode(errors="surrogateescape") + b": " + line)


if TYPE_CHECKING:
    from collections.abc import Callable

    _Program = Callable[[str], Sequence[str]]
