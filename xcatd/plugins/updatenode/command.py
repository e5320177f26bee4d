"""The command `updatenode`: its words."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from xcatd.api import FOREVER, Ctx, Nodes, Where, command, opt
from xcatd.model import Batch, Completes
from xcatd.plugins.updatenode.wish import read_wish


async def _prepare(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> Sequence[Batch]:
    """What is done once, before any service node has a request."""
    from xcatd.plugins.updatenode.beforehand import beforehand

    return await beforehand(ctx, nodes, read_wish(ctx, arguments))


def _alters(words: Sequence[str]) -> bool:
    return "--dry-run" not in words


@command(
    "updatenode",
    timeout=FOREVER,
    changes=_alters,
    where=Where.OWNER,
    prepare=_prepare,
    of_each=True,
    completes={"words": Completes.NOTHING},
)
async def updatenode(
    ctx: Ctx,
    nodes: Nodes,
    words: tuple[str, ...],
    *,
    sync: Annotated[bool, opt("-F", "--sync", "bring the files of the synclists to the nodes")] = False,
    stage: Annotated[bool, opt("-f", "--snsync", "bring them to the nodes' service nodes only")] = False,
    software: Annotated[bool, opt("-S", "--sw", "packages: ospkgs and otherpkgs")] = False,
    scripts: Annotated[
        bool | str, opt("-P", "--scripts", "the scripts that follow, a comma list; else the node's")
    ] = False,
    server: Annotated[bool, opt("-s", "--sn", "tell the nodes who their server is")] = False,
    security: Annotated[bool, opt("-k", "--security", "keys, and certificates of service nodes")] = False,
    generate: Annotated[bool, opt("-g", "--genmypost", "only write the nodes' mypostscript files")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "show lines as they come, and what was changed")] = False,
    user: Annotated[str, opt("-l", "--user", "as whom on the nodes, by sudo; else root")] = "",
    fanout: Annotated[int, opt("--fanout", "nodes at once on each daemon; 64")] = 0,
    timeout: Annotated[float, opt("-t", "--timeout", "seconds without a word after which a node is given up")] = 0.0,
    noverify: Annotated[bool, opt("-n", "--noverify", "say why a node does not answer in our words")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "with -F: say what would differ, and change nothing")] = False,
    copying: Annotated[str, opt("-r", "--node-rcp", "how files travel: rsync")] = "",
    os: Annotated[str, opt("-o", "--os", "of xCAT 2; see another osimage")] = "",
    everything: Annotated[bool, opt("-A", "--updateallsw", "AIX only")] = False,
    command_line: Annotated[bool, opt("-c", "--cmdlineonly", "AIX only")] = False,
    source: Annotated[str, opt("-d", "AIX only")] = "",
) -> None:
    """Bring nodes that run up to date: their files (-F), packages (-S), then scripts (-P); without any of these all three.

    updatenode noderange [-F] [-S] [-P [script,script]] [name=value ...] or updatenode noderange script,script. Each service node
    works on its own nodes. Host keys must be known (makeknownhosts).
    """
    given = dict(locals())  # the options by their names, as `_prepare` gets them
    del given["ctx"], given["nodes"]
    await asyncio.to_thread(importlib.import_module, "xcatd.plugins.updatenode.work")  # it is much: links go on
    from xcatd.plugins.updatenode.work import work

    await work(ctx, nodes, read_wish(ctx, given))
