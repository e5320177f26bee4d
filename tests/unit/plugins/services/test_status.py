"""`xcatstatus` as it is typed: when a host is said to be as the tables want it, and when not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.run import Desk
from xcatd.daemon.services import KeptServices
from xcatd.daemon.supervisor import Supervisor
from xcatd.services.keeping import Status
from xcatd.services.managers import State

CHECKED = datetime(2026, 11, 30, 4, 6, 43, tzinfo=UTC)


@dataclass(slots=True)
class Told(KeptServices):
    """Services of which this is known."""

    known: Sequence[Status] = field(default=(), init=False)

    def statuses(self) -> Sequence[Status]:
        return self.known


def keeping(desk: Desk, services: KeptServices) -> Desk:
    """The same host, which has these services."""
    return replace(desk, hall=replace(desk.hall, host=replace(desk.hall.host, services=services)))


def keepers(desk: Desk) -> tuple[Any, ...]:
    """What its services are made of."""
    return (lambda: desk.store.snapshot, desk.store.on_change, ["mn1"], True, Path("/"), Supervisor().spawn)


@pytest.mark.parametrize(
    ("status", "line", "trouble"),
    [
        (Status("tftpserver", "1", doing="being set up"), "on     being set up", "it is being set up"),
        (Status("tftpserver", "1", doing="being set up", checked=CHECKED), "on     being set up", ""),
        (
            Status("tftpserver", "1", State.STOPPED),
            "on     stopped",
            "its server is stopped: `makeservices mn1 -s tftpserver` starts it",
        ),
        (Status("tftpserver", "1", State.RUNNING), "on     running", ""),
        (Status("nameserver", "2", State.RUNNING, error="it is broken"), "on (2) failed", "it is broken"),
    ],
)
async def test_what_is_not_as_it_is_wanted_is_said_with_a_status(
    desk: Desk, status: Status, line: str, trouble: str
) -> None:
    told = Told(*keepers(desk))
    told.known = [status]
    seen = await keeping(desk, told).type("xcatstatus")
    assert seen.stdout.startswith(f"mn1: {status.service}    {line}")
    assert (seen.status, seen.stderr) == ((1, f"Error: [mn1]: {status.service}: {trouble}\n") if trouble else (0, ""))


async def test_before_anything_is_known_a_host_with_rows_is_not_said_to_want_nothing(desk: Desk) -> None:
    here = keeping(desk, KeptServices(*keepers(desk)))
    assert await here.ok("xcatstatus") == "mn1: no services are wanted here (table servicenode)\n"
    await desk.fill(servicenode=[{"node": "service", "tftpserver": "1"}])
    seen = await here.type("xcatstatus")
    assert (seen.status, seen.stderr) == (1, "Error: [mn1]: Not looked at yet: all\n")
    assert (await here.type("xcatstatus -a")).stdout == "mn1: all           ?      waiting\n"


async def test_nothing_is_made_without_a_word(desk: Desk) -> None:
    here = keeping(desk, KeptServices(*keepers(desk)))
    assert await here.ok("makeservices") == "mn1: no services are wanted here (table servicenode)\n"
    await desk.fill(servicenode=[{"node": "service", "tftpserver": "1"}])
    seen = await here.type("makeservices")
    assert (seen.status, seen.stdout) == (1, "")
    assert seen.stderr == "Error: [mn1]: The services of this host are still being loaded: try again in a moment\n"


@pytest.mark.parametrize("command", ["xcatstatus", "makeservices --dry-run"])
async def test_a_node_that_is_no_service_node_is_named(desk: Desk, command: str) -> None:
    await desk.fill(nodelist=[{"node": "n1"}, {"node": "n2"}])
    seen = await desk.type(f"{command} n1,n2")
    assert (seen.status, seen.stdout) == (1, "")
    assert seen.stderr.splitlines() == [
        f"Error: [mn1]: {node} is no service node: set its columns in table servicenode, or name the service nodes themselves"
        for node in ("n1", "n2")
    ]
