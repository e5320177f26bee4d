"""`psh`: runs a command on nodes by ssh from where it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xcat_client.programs.fanned import Fan, count_failed, say, width_of
from xcat_client.programs.noderange import nodes_of, read_before, with_suffix

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
_LONG = ["interface=", "loginname=", "fanout=", "timeout=", "nonodecheck", "help", "version"]


def run(words: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit status: how many nodes failed, never 0 when one has. Raises Trouble."""
    found = read_before(words, "i:l:f:t:hv", _LONG, USAGE, env)
    if isinstance(found, int):
        return found
    options, operands = found
    noderange, *command = operands
    names = noderange.split(",") if "n" in options else nodes_of(noderange, env)
    if not names:
        return 1
    fan = Fan(_ssh(options, command), width_of(options.get("f"), env, "psh"), say)
    return count_failed(fan.run(with_suffix(names, options.get("i", ""))), "ssh")


def _ssh(options: Mapping[str, str], command: Sequence[str]) -> _Program:
    user = ("-l", options["l"]) if "l" in options else ()
    limit = ("-o", f"ConnectTimeout={options['t']}") if "t" in options else ()
    return lambda node: ("ssh", "-o", "BatchMode=yes", *user, *limit, "--", node, *command)


if TYPE_CHECKING:
    from collections.abc import Callable

    _Program = Callable[[str], Sequence[str]]
