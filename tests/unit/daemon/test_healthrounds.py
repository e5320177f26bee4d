"""What one look at a service node gives: its own and those of others put together, and the services that are silent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from tests.helpers.claims import network
from tests.helpers.cluster import free_port
from tests.helpers.tables import Rows, snapshot_of
from tests.unit.hierarchy.wires import linked
from xcatd.api import Sink
from xcatd.daemon import healthrounds
from xcatd.daemon.healthrounds import LookRounds
from xcatd.daemon.paths import Paths
from xcatd.errors import NoServiceNode
from xcatd.hierarchy import Links
from xcatd.model import Channel, Failure, Line, Request, Role
from xcatd.services.health import probes, reach
from xcatd.services.health.aspect import Aspect
from xcatd.services.health.judgement import Seen


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for longer than needed."""
    monkeypatch.setattr(probes, "PATIENCE", 0.3)
    monkeypatch.setattr(probes, "AGAIN_AFTER", 0.1)
    monkeypatch.setattr(reach, "AGAIN_AFTER", 0.0)


@dataclass(slots=True)
class Others:
    """What other service nodes answer: by name, a line each; "" for nothing. `hangs`: one of them never ends."""

    says: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    asked: list[Request] = field(default_factory=list)

    async def run(self, request: Request, sink: Sink) -> int:
        self.asked.append(request)
        for name, text in self.says.items():
            await sink.send(Line("The management node cannot be reached", channel=Channel.WARNING, source=name))
            await sink.send(Line(text, source=name) if text else Failure("no", source=name))
        if self.hangs:
            await asyncio.Event().wait()
        if not self.says:
            raise NoServiceNode("nobody can")
        return 0


def rounds(host: Paths, others: Others, links: Links, site: Rows = (), **columns: str) -> LookRounds:
    """Those of mn1 at sn1, which is at 127.N.9.1 and answers nothing but what the test makes answer."""
    tables: dict[str, Rows] = {
        "nodelist": [{"node": "sn1"}],
        "hosts": [{"node": "sn1", "ip": f"{network()}.9.1"}],
        "servicenode": [{"node": "sn1", **columns}],
        "site": [{"key": "xcatdport", "value": str(free_port())}, *site],
    }
    snapshot = snapshot_of(**tables)
    return LookRounds("mn1", Role.MANAGEMENT, host.tls, links, lambda: snapshot, others.run)


async def seen(host: Paths, others: Others, living: Sequence[str]) -> Seen:
    links = Links()
    async with AsyncExitStack() as stack:
        for name in living:
            pair = await stack.enter_async_context(linked())
            pair.down.name = name
            links.join(pair.down)
        return await rounds(host, others, links).around("sn1")


async def test_the_views_of_others_are_counted(host: Paths) -> None:
    others = Others({"sn2": "reached", "sn3": "missed: nobody answers", "sn4": "unknown: no address", "sn5": ""})
    assert await seen(host, others, ["sn1.c.net", "sn5", "sn4", "sn3", "sn2"]) == Seen(
        is_linked=False, reached=False, asked=4, reach=1, miss=1
    )
    (request,) = others.asked
    assert (request.command, request.argv) == ("lookat", ("sn1", "--by", "sn2,sn3,sn4,sn5"))
    assert (request.caller.name, request.caller.role) == ("mn1", Role.MANAGEMENT)


async def test_who_hangs_has_said_nothing_and_nobody_else_is_lost(host: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthrounds, "PATIENCE", 0.1)
    others = Others({"sn2": "missed: nobody answers"}, hangs=True)
    assert await seen(host, others, ["sn2", "sn3"]) == Seen(is_linked=False, reached=False, asked=2, miss=1)


async def test_that_nobody_can_be_asked_is_no_view(host: Paths) -> None:
    assert await seen(host, Others(), ["sn2"]) == Seen(is_linked=False, reached=False, asked=1)
    others = Others()
    assert await seen(host, others, []) == Seen(is_linked=False, reached=False)
    assert others.asked == []


async def test_without_an_address_this_daemon_has_no_view_either(host: Paths) -> None:
    look = rounds(host, Others(), Links())
    assert await look.around("sn9.invalid") == Seen(is_linked=False)


async def test_services_that_are_silent_are_named(host: Paths) -> None:
    site = [{"key": "httpport", "value": str(free_port())}]
    look = rounds(host, Others(), Links(), site, tftpserver="1", nfsserver="1")
    address = f"{network()}.9.1"
    assert await look.services("sn1", set()) == tuple(f"{one} does not answer at {address}" for one in ("TFTP", "HTTP"))
    assert await rounds(host, Others(), Links(), ntpserver="1").services("sn1", set()) is None


async def test_the_silence_of_a_server_that_may_listen_elsewhere_counts_when_it_has_answered_before(
    host: Paths,
) -> None:
    look = rounds(host, Others(), Links(), [{"key": "dnsinterfaces", "value": "sn1|eth1"}], nameserver="1")
    answered: set[Aspect] = set()
    assert await look.services("sn1", answered) == ()
    answered.add(Aspect.DNS)
    assert await look.services("sn1", answered) == (f"DNS does not answer at {network()}.9.1",)
