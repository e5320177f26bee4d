"""A management node and two real nodes that have a folder of their own each, for tests of synclists."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.helpers.alone import alone
from tests.helpers.claims import network
from tests.helpers.cluster import Daemon
from tests.helpers.sshnodes import Sshd, key_for_root, sshd
from tests.unit.objects.worlds import world
from xcatd.objects import World
from xcatd.remote.access import read_access
from xcatd.remote.running import Ears
from xcatd.remote.syncing.bring import bring
from xcatd.remote.syncing.sides import Manner, Outcome, Reach, Shelf

NET = network()
ADDRESSES = {f"n{number}": f"{NET}.7.{number}" for number in range(1, 10)}
LIST = Path("/install/list")


@dataclass
class Heard:
    """Who hears of nodes."""

    output: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def ears(self, node: str) -> Ears:
        async def output(lines: Sequence[str]) -> None:
            self.output.setdefault(node, []).extend(lines)

        async def errors(lines: Sequence[str]) -> None:
            self.errors.setdefault(node, []).extend(lines)

        return Ears(output, errors)

    async def ended(self, node: str, outcome: Outcome) -> None:
        self.order.append(node)


@dataclass
class Room:
    """A management node and two nodes. What nodes see at `seen` is a folder of their own: `of("n1")`."""

    mn: Daemon
    sshds: Mapping[str, Sshd]
    seen: Path

    @property
    def install(self) -> Path:
        return self.mn.root / "install"

    def of(self, node: str) -> Path:
        return self.sshds[node].own

    def list(self, text: str) -> None:
        """The synclist, in which `@` stands for the folder that nodes see."""
        self.install.joinpath("list").write_text(text.replace("@", str(self.seen)))

    def file(self, name: str, text: str, mode: int = 0o644) -> Path:
        path = self.install / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def world(self, staged: str = "", **tables: Sequence[Mapping[str, str]]) -> World:
        rows = {"nodesyncfiledir": f"{self.seen}/kept", "SNsyncfiledir": staged}
        site = [{"key": key, "value": value} for key, value in rows.items()]
        return world(nodelist=[{"node": f"n{number}"} for number in range(1, 10)], site=site, **tables)

    async def bring(self, *nodes: str, heard: Heard | None = None, manner: Manner = Manner()) -> Mapping[str, Outcome]:  # noqa: B008
        reach = Reach(read_access(self.mn.root, "root"), ADDRESSES)
        lists = dict.fromkeys(nodes, (LIST,))
        return await bring(self.world(), lists, Shelf(self.mn.root), reach, heard or Heard(), manner)

    def empty(self) -> None:
        """Nodes have nothing any more."""
        for node in self.sshds:
            for path in self.of(node).iterdir():
                subprocess.run(["rm", "-rf", str(path)], check=True)

    async def brought(self, text: str, *nodes: str) -> Sequence[str]:
        """Bring a list that must come, to n1 first; gives what was changed there."""
        self.list(text)
        found = await self.bring(*nodes or ("n1",))
        assert [outcome.error for outcome in found.values()] == [None] * len(found)
        return [path.removeprefix(f"{self.seen}/") for path in next(iter(found.values())).changed]


@contextmanager
def syncing(folder: Path) -> Iterator[Room]:
    """A room that is open."""
    seen = folder / "seen"
    seen.mkdir()
    with (
        alone(folder) as mn,
        sshd(folder / "one", own=seen) as one,
        sshd(folder / "two", own=seen) as two,
    ):
        key_for_root(mn, one, two)
        config = f"Host n2\n Port {two.port}\nHost n4\n Port 1\nHost *\n Port {one.port}\n"
        mn.root.joinpath("root/.ssh/config").write_text(config)
        known = f"n2 {two.public()}\n" + "".join(f"{node} {one.public()}\n" for node in ("n1", "n4", "n5"))
        mn.root.joinpath("root/.ssh/known_hosts").write_text(f"{known}n3 {two.public()}\n")
        (mn.root / "install").mkdir(exist_ok=True)
        yield Room(mn, {"n1": one, "n2": two}, seen)
