"""The command `xdsh`: its words."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from xcatd.api import FOREVER, Ctx, Nodes, Where, command, opt
from xcatd.model import Completes
from xcatd.plugins.shell.wish import read_wish
from xcatd.remote.callers import LIST


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    """What makes no sense is said once, before any service node has a request."""
    read_wish(ctx, arguments)


@command(
    "xdsh",
    timeout=FOREVER,
    changes=True,
    where=Where.OWNER,
    prepare=_check,
    of_each=True,
    verbatim=True,
    completes={"words": Completes.NOTHING, "environment": Completes.FILE, "image": Completes.FILE},
)
async def xdsh(
    ctx: Ctx,
    nodes: Nodes,
    words: tuple[str, ...],
    *,
    execute: Annotated[
        bool, opt("-e", "--execute", "the first word is a script here: it is copied, run and removed")
    ] = False,
    environment: Annotated[str, opt("-E", "--environment", "a file with shell text that is read before")] = "",
    fanout: Annotated[int, opt("-f", "--fanout", "nodes at once on each daemon; DSH_FANOUT, else 64")] = 0,
    user: Annotated[str, opt("-l", "--user", "as whom on the nodes; else under the caller's name")] = "",
    sudo: Annotated[bool, opt("--sudo", "by sudo, which must not ask for a password")] = False,
    stream: Annotated[bool, opt("-s", "--stream", "show lines as they come, not when the node has ended")] = False,
    silent: Annotated[bool, opt("-Q", "--silent", "do not show what nodes say")] = False,
    timeout: Annotated[
        float, opt("-t", "--timeout", "seconds without a word after which a node is given up; DSH_TIMEOUT")
    ] = 0.0,
    verify: Annotated[bool, opt("-v", "--verify", "see first whether the node answers; DSH_VERIFY")] = False,
    exit_status: Annotated[bool, opt("-z", "--exit-status", "show the command's exit status")] = False,
    node_status: Annotated[bool, opt("--nodestatus", "say of each node whether the command did well")] = False,
    monitor: Annotated[bool, opt("-m", "--monitor", "say what begins and ends, in lines with dsh>")] = False,
    trace: Annotated[bool, opt("-T", "--trace", "show how nodes are reached, on standard error")] = False,
    cleanup: Annotated[bool, opt("-c", "--cleanup", "empty the folders of staged files on these nodes")] = False,
    setup: Annotated[bool, opt("-K", "--ssh-setup", "let root's ssh keys in there; asks for the password")] = False,
    options: Annotated[str, opt("-o", "--node-options", "of ssh: -p PORT, ConnectTimeout=SECONDS; DSH_NODE_OPTS")] = "",
    shell: Annotated[str, opt("-r", "--node-rsh", "how nodes are reached: ssh; DSH_NODE_RSH")] = "",
    syntax: Annotated[str, opt("-S", "--syntax", "csh, where that is root's shell on the nodes; DSH_SYNTAX")] = "",
    ignore_env: Annotated[
        bool | str, opt("-X", "--ignore-env", "do not heed DSH_ variables, but those that are named", like=LIST)
    ] = False,
    no_locale: Annotated[bool, opt("-L", "--no-locale", "do not set a locale; it never is")] = False,
    device: Annotated[str, opt("--devicetype", "switches: the command is sent as it is")] = "",
    image: Annotated[str, opt("-i", "--rootimg", "no nodes: in the root folder of an osimage, here")] = "",
    bypass: Annotated[bool, opt("-B", "--bypass", "of xCAT 2; see psh")] = False,
    signals: Annotated[str, opt("-I", "--ignore-sig", "of xCAT 2; see setsid(1)")] = "",
) -> None:
    """Run a command on nodes by SSH, on each node's service node, as many at once as -f says.

    What stands behind the noderange and the options goes to the nodes as it is. A node's lines come together when it has ended,
    those of its standard error on standard error. Host keys must be known (makeknownhosts). The exit status is the number of
    nodes that did not end well.
    """
    given = dict(locals())  # the options by their names, as `_check` gets them
    del given["ctx"], given["nodes"]
    await asyncio.to_thread(importlib.import_module, "xcatd.plugins.shell.work")  # it is much: links live on meanwhile
    from xcatd.plugins.shell.work import work

    await work(ctx, nodes, read_wish(ctx, given))
