"""Service nodes that are nothing but their links, many in one process: python -m benchmarks.peers FOLDER HOST:PORT NAME...

Each has a certificate of its own in FOLDER/NAME and a real link over TLS, with heartbeats, on which no tables come. It says
`linked` when all have theirs, and stays until its standard input ends.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

from xcatd.api import ReadStdin, Sink
from xcatd.daemon.settings import split_address
from xcatd.daemon.supervisor import Supervisor
from xcatd.daemon.version import version_line
from xcatd.errors import Unsupported
from xcatd.hierarchy import Dialler, Links, Looking, Master
from xcatd.model import Request, Terminal
from xcatd.tls import TlsFiles, peer_context


class _Idle:
    """Runs nothing."""

    async def run(self, request: Request, sink: Sink, stdin: ReadStdin, *, terminal: Terminal | None = None) -> int:
        raise Unsupported("it only keeps a link")


async def _live(folder: Path, place: str, names: list[str]) -> None:
    host, port = split_address(place, 3001)
    async with Supervisor() as supervisor:
        everyone = [Links() for _ in names]
        for name, links in zip(names, everyone, strict=True):
            files = TlsFiles.server(folder / name)
            master = Master([(host, port)], partial(peer_context, files), name, version_line(), files.revocations)
            dialler = Dialler(master, links, Looking(lambda: None), _Idle(), supervisor.spawn)
            supervisor.keep(dialler.keep(), name)
        for links in everyone:
            if await links.wait_above() is None:
                raise SystemExit("a link is missing")
        print("linked", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_live(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
