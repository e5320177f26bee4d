"""The command `xdcp`: its words."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from xcatd.api import FOREVER, Ctx, Nodes, Where, command, opt
from xcatd.model import Batch, Completes
from xcatd.plugins.copy.wish import read_wish
from xcatd.remote.callers import LIST


async def _prepare(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> Sequence[Batch]:
    """What makes no sense is said once; then service nodes get the files."""
    from xcatd.plugins.copy.ahead import prepare

    return await prepare(ctx, nodes, read_wish(ctx, arguments))


@command(
    "xdcp",
    timeout=FOREVER,
    changes=True,
    where=Where.OWNER,
    prepare=_prepare,
    of_each=True,
    completes={"words": Completes.FILE, "synclist": Completes.FILE, "image": Completes.FILE},
)
async def xdcp(
    ctx: Ctx,
    nodes: Nodes,
    words: tuple[str, ...],
    *,
    synclist: Annotated[
        str, opt("-F", "--File", "a list that says which files go where; see docs/files-to-nodes.md")
    ] = "",
    dry_run: Annotated[bool, opt("--dry-run", "with -F: say what would change, and change nothing on nodes")] = False,
    services_only: Annotated[bool, opt("-s", "--service", "with -F: bring the files to service nodes only")] = False,
    recursive: Annotated[bool, opt("-R", "--recursive", "folders too, with all that is in them")] = False,
    preserve: Annotated[bool, opt("-p", "--preserve", "keep rights and times")] = False,
    pull: Annotated[
        bool, opt("-P", "--pull", "from the nodes: FILE of each becomes FOLDER/FILE._node on its server")
    ] = False,
    means: Annotated[str, opt("-r", "--node-rcp", "scp (which is SFTP here) or rsync; DSH_NODE_RCP")] = "",
    fanout: Annotated[int, opt("-f", "--fanout", "nodes at once on each daemon; DSH_FANOUT, else 64")] = 0,
    user: Annotated[str, opt("-l", "--user", "as whom on the nodes; else under the caller's name")] = "",
    sudo: Annotated[bool, opt("--sudo", "by rsync and sudo, which must not ask for a password")] = False,
    silent: Annotated[bool, opt("-Q", "--silent", "do not show what nodes say")] = False,
    timeout: Annotated[
        float, opt("-t", "--timeout", "seconds after which a node that hangs is given up; DSH_TIMEOUT")
    ] = 0.0,
    verify: Annotated[bool, opt("-v", "--verify", "see first whether the node answers")] = False,
    trace: Annotated[bool, opt("-T", "--trace", "show how nodes are reached, on standard error")] = False,
    ignore_env: Annotated[
        bool | str, opt("-X", "--ignore-env", "do not heed DSH_ variables, but those that are named", like=LIST)
    ] = False,
    no_locale: Annotated[bool, opt("-L", "--no-locale", "do not set a locale; it never is")] = False,
    image: Annotated[str, opt("-i", "--rootimg", "no nodes: into the root folder of an osimage, here")] = "",
    options: Annotated[str, opt("-o", "--node-options", "of ssh: -p PORT, ConnectTimeout=SECONDS; DSH_NODE_OPTS")] = "",
    bypass: Annotated[bool, opt("-B", "--bypass", "of xCAT 2; see pscp")] = False,
) -> None:
    """Copy files to nodes: FILE ... TARGET, or with -P from them, by way of each node's service node.

    The files are those of the management node. The target is a folder that is there on the nodes, or for one file its name. No
    node ever has half a file. The exit status is the number of nodes that did not end well.
    """
    given = dict(locals())  # the options by their names, as `_prepare` gets them
    del given["ctx"], given["nodes"]
    await asyncio.to_thread(importlib.import_module, "xcatd.plugins.copy.work")  # it is much: links live on meanwhile
    from xcatd.plugins.copy.work import work

    await work(ctx, nodes, read_wish(ctx, given))
