"""The way by SSH: a shell of the node itself. It needs the node's operating system; there is no break, and no POST to see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from xcatd.consoles.line import Line, Way
from xcatd.hardware.console import KNOWN_HOSTS

PORT = 22
KEYS = "root/.ssh"


@dataclass(frozen=True, slots=True)
class ShellWay(Way):
    """`root`: the folder that counts as /, below which keys are."""

    node: str
    host: str
    user: str = "root"
    port: int = PORT
    root: Path = Path("/")
    kind: str = "ssh"

    def open(self) -> AbstractAsyncContextManager[Line]:
        return self._opened()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Line]:
        from xcatd.hardware.secureshell import Login, terminal  # it takes its time, and few sites need it

        login = Login(
            self.host,
            self.port,
            self.user,
            self.node,
            self.node if self.host == self.node else f"{self.node} ({self.host})",
            f"run makeknownhosts {self.node}",
            f"put the public key of root into authorized_keys there (updatenode {self.node} -P remoteshell)",
            tuple(self.root / name for name in KNOWN_HOSTS),
            keys=self.root / KEYS,
        )
        async with terminal(login) as opened:
            yield opened
