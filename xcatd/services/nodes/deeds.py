"""What nodes ask for beside reporting: done by those who deploy them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from xcatd.errors import Unsupported
from xcatd.services.nodes.tokens import Kind


class Deeds(Protocol):
    """Done for one node, which must not wait for long. XcatError: it is not done, and the node may ask again."""

    async def advance(self, node: str) -> None:
        """The node has done what it was to do: take the next step of its chain, as `nodeset NODE next` does."""
        ...

    async def postscript(self, node: str) -> Sequence[str]:
        """The script that the node runs after its installation, line by line."""
        ...

    async def sync_files(self, node: str) -> None:
        """Bring the files of the node's synclist to it."""
        ...

    async def token(self, node: str, role: Kind) -> str:
        """The token with which the node gets its certificate in this role, if nodeset has armed it."""
        ...

    async def log(self, node: str, text: str) -> None:
        """Keep the log of a node that cannot go on."""
        ...

    async def other(self, node: str, words: Sequence[str]) -> None:
        """What only old images ask for: rights in the TFTP folder, iSCSI parameters, AIX's customisation file."""
        ...


class NoDeeds:
    """Of a daemon that deploys nothing: it refuses, and says what is missing."""

    async def advance(self, node: str) -> None:
        raise Unsupported(f"The next step of {node} is not taken: this daemon has no nodeset")

    async def postscript(self, node: str) -> Sequence[str]:
        raise Unsupported(f"{node} gets no script: this daemon makes none")

    async def sync_files(self, node: str) -> None:
        raise Unsupported(f"The files of {node} are not brought: this daemon brings none")

    async def token(self, node: str, role: Kind) -> str:
        raise Unsupported(f"{node} gets no token: this daemon gives none")

    async def log(self, node: str, text: str) -> None:
        raise Unsupported(f"The log of {node} is not kept: this daemon keeps none")

    async def other(self, node: str, words: Sequence[str]) -> None:
        raise Unsupported(f"{' '.join(words[:1])} of {node} is not done: only old images of xCAT 2 need it")
