"""`xcatprobe osdeploy`: following nodes while they are installed or boot without disk, by what they say themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from xcatd.errors import NotFound
from xcatd.probe.ask import ask
from xcatd.probe.check import Level

COLUMNS: Final = ("nodelist.status", "nodelist.statustime", "nodelist.appstatus", "chain.currstate")
_OVER: Final = {"booted": Level.OK, "failed": Level.FAILED}
_PAUSE: Final = 1.0
"""Seconds between two looks."""
_REASON: Final = "reason="


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a node is. `reason`: why it failed, "" otherwise. `does`: what nodeset has said it shall do."""

    status: str = ""
    since: str = ""
    reason: str = ""
    does: str = ""

    @property
    def text(self) -> str:
        """For people."""
        since = f" since {self.since}" if self.since else ""
        return f"{self.status or 'nothing heard'}{since}{f': {self.reason}' if self.reason else ''}"


Look = Callable[[], Mapping[str, Stage]]


def look_at(root: Path, noderange: str) -> Mapping[str, Stage]:
    """The stages of nodes, by the daemon whose files are below `root`. Raises NotFound, with what it says."""
    answer = ask(root, "nodels", noderange, *COLUMNS)
    if answer.status:
        raise NotFound(answer.reason)
    found: dict[str, dict[str, str]] = {}
    for line in answer.stdout.splitlines():
        node, _, rest = line.partition(": ")
        column, _, text = rest.partition(":")
        found.setdefault(node, {})[column] = text.strip()
    return {node: _stage(values) for node, values in found.items()}


@dataclass(slots=True)
class Following:
    """Some nodes, until each has booted or failed. `look` gives where they are."""

    look: Look
    begun: Mapping[str, Stage] = field(default_factory=dict)
    now: Mapping[str, Stage] = field(default_factory=dict)

    def lines(self, seconds: float, pause: float = _PAUSE) -> Iterator[tuple[Level, str]]:
        """What happens, as it happens, and at the end what has become of each node. What was there before counts for nothing: a
        node that has booted is waited for until it says so again."""
        self.begun = self.now = self.look()
        end = time.monotonic() + seconds
        for node, stage in self.now.items():
            yield Level.INFO, f"{node}: {stage.does or 'nodeset has said nothing'}; {stage.text}"
        while self.waiting and time.monotonic() < end:
            time.sleep(min(pause, max(0.0, end - time.monotonic())))
            before, self.now = self.now, self.look()
            yield from self._news(before)
        for node in self.waiting:
            yield Level.FAILED, f"{node}: no end after {seconds / 60:g} minutes; {self.now[node].text}"

    @property
    def waiting(self) -> list[str]:
        """The nodes of which no end is known."""
        return [node for node in self.now if not self._is_over(node)]

    @property
    def good(self) -> bool:
        """Whether each has booted."""
        return all(self._is_over(node) and stage.status == "booted" for node, stage in self.now.items())

    def _is_over(self, node: str) -> bool:
        stage = self.now[node]
        return stage.status in _OVER and stage != self.begun.get(node)

    def _news(self, before: Mapping[str, Stage]) -> Iterator[tuple[Level, str]]:
        for node, stage in self.now.items():
            if stage != before.get(node):
                level = _OVER.get(stage.status, Level.INFO)
                yield level, f"{node}: {stage.text}"


def _stage(values: Mapping[str, str]) -> Stage:
    status, since, applications, does = (values.get(name, "") for name in COLUMNS)
    reason = next((one for one in applications.split(",") if one.startswith(_REASON)), "")
    return Stage(status, since, reason.removeprefix(_REASON), does)
