"""What a node is to do, as it asks for it itself: `getdestiny`, and `nextdestiny` when it has done it (protocol.md 2.6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from xcatd.errors import NotFound
from xcatd.objects import World, world_of
from xcatd.services.nodes.deeds import Deeds
from xcatd.store import Snapshot

WAITS: Final = "standby"
"""What a node is to do of which nobody has said anything."""
UNKNOWN: Final = "discover"
"""What a machine is to do that is no node."""
END: Final = "#END OF DESTINY"


class Current(Protocol):
    """The tables of now. `catch_up` waits until what was written before is in them."""

    @property
    def snapshot(self) -> Snapshot: ...

    async def catch_up(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Destiny:
    """`state`: chain.currstate. What it boots: `kernel`, `initrd` and `kcmdline` as nodeset has set them, and `imgserver`, from
    where they come; "" for what is not said."""

    node: str
    state: str
    kernel: str = ""
    initrd: str = ""
    kcmdline: str = ""
    imgserver: str = ""

    def fields(self) -> Iterator[tuple[str, str]]:
        """As the answer in XML has them."""
        yield from (("name", self.node), ("data", self.state), ("destiny", self.state))
        more = (
            ("kernel", self.kernel),
            ("initrd", self.initrd),
            ("kcmdline", self.kcmdline),
            ("imgserver", self.imgserver),
        )
        yield from ((name, text) for name, text in more if text)

    def lines(self) -> Sequence[str]:
        """As the port for nodes says it."""
        said = {"node": self.node, **dict(self.fields())}
        return [*(f"{name}={text}" for name, text in said.items() if name not in ("name", "data")), END]


async def destiny(node: str, tables: Current, deeds: Deeds) -> Destiny:
    """What a node is to do. Where nothing is set yet, its chain begins. Raises XcatError, as the deed does."""
    found = _read(node, tables.snapshot)
    if found.state or not _has_chain(node, tables.snapshot):
        return found
    return await _advanced(node, tables, deeds)


async def next_destiny(node: str, done: str, tables: Current, deeds: Deeds) -> Destiny:
    """What a node is to do when it has done something. `done`: what that was: so a node that asks again because the answer did not
    arrive takes one step, and what somebody has set meanwhile counts. "": the step is taken in any case.

    Where there is no chain it waits, and the tables stay. Raises XcatError, as the deed does.
    """
    await tables.catch_up()
    snapshot = tables.snapshot
    found = _read(node, snapshot)
    if done and found.state.split() != done.split():
        return found
    if not _has_chain(node, snapshot):
        return Destiny(node, WAITS)
    return await _advanced(node, tables, deeds)


async def _advanced(node: str, tables: Current, deeds: Deeds) -> Destiny:
    await deeds.advance(node)
    await tables.catch_up()
    return _read(node, tables.snapshot)


def _read(node: str, snapshot: Snapshot) -> Destiny:
    """Of the tables, "" as the state where none is set."""
    world = world_of(snapshot)
    if not world.has_node(node):
        raise NotFound(f"There is no node {node}; see: nodels")
    state = world.value(node, "chain", "currstate")
    if not state:
        return Destiny(node, "" if _has_chain(node, snapshot) else WAITS)
    kernel, initrd, kcmdline = (world.value(node, "bootparams", name) for name in ("kernel", "initrd", "kcmdline"))
    return Destiny(node, state, kernel, initrd, kcmdline, _server(world, node))


def _has_chain(node: str, snapshot: Snapshot) -> bool:
    return any(world_of(snapshot).value(node, "chain", name) for name in ("currchain", "chain"))


def _server(world: World, node: str) -> str:
    named = (world.value(node, "noderes", name) for name in ("tftpserver", "xcatmaster"))
    return next(filter(None, named), world.snapshot.site("master"))
