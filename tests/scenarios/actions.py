"""What people type in the scenarios, what was said of each node, and how often it was really done."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from tests.helpers.alone import typed
from tests.helpers.bootsite import IMAGE
from tests.helpers.cluster import Daemon
from tests.helpers.stage import Typed
from tests.scenarios.site import POOLS, Site

NODES = ("a1", "a2")
"""Nodes of sn1, and of sn2 when that is away."""
LONGEST = 60.0
"""Seconds after which a command that has not ended counts as one that never ends."""


class Verdict(StrEnum):
    """What a caller is told of a node."""

    OK = "ok"
    UNKNOWN = "unknown"
    FAILED = "failed"


def verdict(done: subprocess.CompletedProcess[str], node: str) -> Verdict:
    """Of one node. An error that names no node counts for those of which nothing else is said."""
    errors = [line for line in done.stderr.splitlines() if "Error: " in line]
    its = [line for line in errors if line.startswith(f"{node}: ")]
    is_said = any(line.startswith(f"{node}: ") for line in done.stdout.splitlines())
    if any("unknown result" in line for line in its or ([] if is_said else errors)):
        return Verdict.UNKNOWN
    return Verdict.OK if is_said and not its else Verdict.FAILED


class Action(ABC):
    """`changes`: it alters something, so that it must not be done twice."""

    name: str
    changes = True

    @abstractmethod
    def words(self, site: Site, nodes: Sequence[str]) -> Sequence[str]:
        """The command line."""

    @abstractmethod
    def count(self, site: Site, node: str) -> int:
        """How often it has been done to a node, as the node, its BMC or the tables have it."""

    def back(self, site: Site) -> None:  # noqa: B027 - some need nothing
        """Undo what the next one would not do again."""


class Held(Action):
    """One whose work can be held up, so that a fault comes in the middle of it."""

    @abstractmethod
    def hold(self, site: Site) -> None:
        """From now on the work on nodes begins and does not end."""

    @abstractmethod
    def go_on(self, site: Site) -> None:
        """It may end."""

    def has_begun(self, site: Site, node: str, before: int) -> bool:
        return self.count(site, node) > before


class Stat(Held):
    """What only looks. Its work is held up by BMCs that say nothing."""

    name = "rpower stat"
    changes = False

    def words(self, site: Site, nodes: Sequence[str]) -> Sequence[str]:
        return "rpower", ",".join(nodes), "stat"

    def count(self, site: Site, node: str) -> int:
        return len(site.bmcs[node].received)

    def hold(self, site: Site) -> None:
        for bmc in site.bmcs.values():
            bmc.silent = True

    def go_on(self, site: Site) -> None:
        for bmc in site.bmcs.values():
            bmc.silent = False


class On(Held):
    """What changes a node. Its work is held up by BMCs that take the order and do not carry it out."""

    name = "rpower on"

    def words(self, site: Site, nodes: Sequence[str]) -> Sequence[str]:
        return "rpower", ",".join(nodes), "on"

    def count(self, site: Site, node: str) -> int:
        return site.bmcs[node].bmc.controls.count(1)

    def hold(self, site: Site) -> None:
        for bmc in site.bmcs.values():
            bmc.bmc.is_stuck = True

    def go_on(self, site: Site) -> None:
        """What was ordered meanwhile is carried out now."""
        for bmc in site.bmcs.values():
            bmc.bmc.power = bmc.bmc.power or bmc.bmc.is_stuck
            bmc.bmc.is_stuck = False

    def back(self, site: Site) -> None:
        for bmc in site.bmcs.values():
            bmc.bmc.power = False


class Xdsh(Held):
    """What runs on the node: it notes there that it has begun, and waits while there is a file `held`."""

    name = "xdsh"

    def words(self, site: Site, nodes: Sequence[str]) -> Sequence[str]:
        line = (
            f"set -- $SSH_CONNECTION; cd {site.journal}; echo >>$3; while [ -e held ]; do sleep 0.05; done; echo done"
        )
        return "xdsh", ",".join(nodes), line

    def count(self, site: Site, node: str) -> int:
        path = site.journal / f"10.9.1.{list(POOLS).index(node) + 1}"
        return path.read_text().count("\n") if path.exists() else 0

    def hold(self, site: Site) -> None:
        self._held(site).touch()

    def go_on(self, site: Site) -> None:
        self._held(site).unlink(missing_ok=True)

    def _held(self, site: Site) -> Path:
        return site.journal / "held"


class Nodeset(Action):
    """What nodes boot. It is done when the management node's table says so: that is written when the boot files are there."""

    name = "nodeset"

    def words(self, site: Site, nodes: Sequence[str]) -> Sequence[str]:
        return "nodeset", ",".join(nodes), f"osimage={IMAGE}"

    def count(self, site: Site, node: str) -> int:
        return int("netboot" in site.mn.run("nodels", node, "chain.currstate").stdout)

    def back(self, site: Site) -> None:
        typed(site.mn, f"nodeset {','.join(NODES)} boot")


class Snmove(Action):
    """Nodes go to another service node, in the tables."""

    name = "snmove"

    def words(self, site: Site, nodes: Sequence[str]) -> Sequence[str]:
        return "snmove", ",".join(nodes), "-d", "sn2", "-i"

    def count(self, site: Site, node: str) -> int:
        return int(site.mn.run("nodels", node, "noderes.servicenode").stdout == f"{node}: sn2,sn1\n")

    def back(self, site: Site) -> None:
        typed(site.mn, f"nodech {','.join(NODES)} noderes.servicenode=sn1,sn2 noderes.xcatmaster=")


ACTIONS: dict[str, Action] = {each.name: each for each in (Stat(), On(), Xdsh(), Nodeset(), Snmove())}


def typing(daemon: Daemon, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Type it. AssertionError: it has not ended."""
    with Typed(daemon, *words) as command:
        return subprocess.CompletedProcess(words, *command.end(LONGEST))
