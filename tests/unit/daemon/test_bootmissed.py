"""Boot files that a service node has missed are made up for when it is there, and again after a failure."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.unit.objects.worlds import world
from xcatd.api import Sink
from xcatd.daemon.asitself import AsItself
from xcatd.daemon.bootmissed import BootMissed
from xcatd.model import Failure, Request

THERE = world(
    nodelist=[{"node": name, "groups": "all"} for name in ("n1", "n2", "sn1")],
    bootmissed=[{"node": "sn1", "nodes": "n[1-2]"}, {"node": "sn2", "nodes": "gone"}],
)


@dataclass
class Around:
    """`says`: what the next runs complain of; `asked`: what was run."""

    is_linked: bool = True
    leads: bool = True
    says: list[str] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def run(self, request: Request, sink: Sink) -> int:
        self.asked.append((request.command, *request.argv, *(request.nodes or ())))
        if self.says:
            await sink.send(Failure(self.says.pop(), node="n1"))
            return 1
        return 0

    def keeper(self) -> BootMissed:
        daemon = AsItself(self.run, "mn1")
        return BootMissed(daemon, lambda: THERE.snapshot, lambda name: self.is_linked, lambda: self.leads)


ASKED = ("nodeset", "enact", "--missed", "sn1", "n1", "n2")


async def test_who_is_there_gets_what_it_has_missed() -> None:
    around = Around()
    await around.keeper().look(0.0)
    assert around.asked == [ASKED]


async def test_nobody_is_asked_who_is_away_nor_by_who_does_not_lead() -> None:
    for around in (Around(is_linked=False), Around(leads=False)):
        await around.keeper().look(0.0)
        assert around.asked == []


async def test_after_a_failure_there_is_a_pause() -> None:
    around = Around(says=["no disk", "no disk"])
    keeper = around.keeper()
    for now in (0.0, 0.5, 1.0, 2.5, 3.0, 3.5):
        await keeper.look(now)
    # At 0.0 and 1.0 it fails; at 3.0 it is well, and the row is somebody else's affair here.
    assert len(around.asked) == 4
