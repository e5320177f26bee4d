"""Commands that the daemon runs of its own accord, under its own name, and what they say."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from xcatd.api.host import RunRequest
from xcatd.errors import XcatError
from xcatd.model import Caller, Ended, Failure, Reply, Request, Role, Verdict
from xcatd.noderange import fold


@dataclass(slots=True)
class Heard:
    """What a command says: the nodes for which it succeeded, and what went wrong with a node or with all ("")."""

    good: set[str] = field(default_factory=set)
    troubles: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    flowing: bool = True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Failure) and reply.code:
            self.troubles[reply.node or ""].append(reply.text)
        elif isinstance(reply, Ended) and reply.verdict is Verdict.OK:
            self.good.add(reply.node)

    def trouble(self, node: str) -> str:
        """What went wrong with a node, or with all."""
        return " ".join(self.troubles.get(node) or self.troubles.get("") or ())

    def sentences(self) -> Collection[str]:
        """What is wrong, what is said of several nodes once, these folded before it."""
        found: dict[str, list[str]] = {}
        for node, texts in self.troubles.items():
            for text in texts:
                found.setdefault(text, []).append(node)
        return [f"{fold(filter(None, nodes))}: {text}" if any(nodes) else text for text, nodes in found.items()]


@dataclass(frozen=True, slots=True)
class AsItself:
    """`run` runs a command; `name` is that of this daemon, whom the policy table must allow what it does."""

    run: RunRequest
    name: str

    async def do(self, command: str, words: Sequence[str], nodes: Sequence[str] = ()) -> Heard:
        """Run a command of a management node to its end. What refuses it is heard, too."""
        caller = Caller(self.name, Role.MANAGEMENT, self.name, "this host")
        heard, request = Heard(), Request(secrets.token_hex(4), command, caller, tuple(words))
        if nodes:
            request = replace(request, noderange=fold(nodes), nodes=tuple(nodes))
        try:
            if await self.run(request, heard) and not heard.troubles:
                heard.troubles[""].append(f"{command} does not say why")
        except XcatError as error:
            heard.troubles[""].append(str(error))
        return heard
