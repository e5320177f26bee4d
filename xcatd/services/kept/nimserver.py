"""servicenode.nimserver: the host installs AIX nodes as a NIM master. NIM exists on AIX only.

On AIX the master is set up by nim_master_setup(1), without resources: commands for images make those. /etc/niminfo says whether a
host is one, and lsnim(1) shows what it has. On Linux nothing can be done, and that is said.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from xcatd.errors import ServiceError
from xcatd.services.files import read_text
from xcatd.services.fileservice import FileService, Read, Rendered
from xcatd.services.managers import Manager
from xcatd.services.place import Place
from xcatd.services.programs import run_program
from xcatd.services.service import Outcome, Work

_SETUP, _LIST = "usr/sbin/nim_master_setup", "usr/sbin/lsnim"
_WORDS = ("-a", "mk_resource=no")
_INFO = "etc/niminfo"
_IS_MASTER = re.compile(r"^\s*(?:export\s+)?NIM_CONFIGURATION=[\"']?master\b", re.MULTILINE)
_NOT_HERE = (
    "servicenode.nimserver is set, and NIM exists on AIX only: nothing is done here; "
    "an AIX service node is set up by its postscript servicenode (nim_master_setup -a mk_resource=no)"
)


class NimServer(FileService):
    name = "nimserver"
    deed = f"/{_SETUP} {' '.join(_WORDS)} is run"

    def render(self, place: Place, value: str, now: Read) -> Rendered:
        return Rendered({})

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        if not await asyncio.to_thread((place.root / _SETUP).exists):
            return Outcome(warnings=(_NOT_HERE,))
        return await super().reconcile(place, value, work)

    async def holds(self, place: Place, value: str) -> bool:
        return bool(_IS_MASTER.search(await asyncio.to_thread(read_text, place.root / _INFO)))

    async def act(self, place: Place, value: str, manager: Manager) -> None:
        await _must(place.root / _SETUP, *_WORDS)

    async def verify(self, place: Place, value: str) -> None:
        if not await self.holds(place, value):
            raise ServiceError(
                f"nim_master_setup has ended well, and /{_INFO} does not say that this host is a NIM master"
            )
        await _must(place.root / _LIST, "-l", "master")


async def _must(program: Path, *words: str) -> None:
    """Run a program that must succeed. Raises ServiceError with the last thing that it said."""
    status, said = await run_program([str(program), *words])
    if status:
        raise ServiceError(f"{' '.join((program.name, *words))} fails: {said[-1] if said else f'exit status {status}'}")
