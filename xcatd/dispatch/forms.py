"""Other forms for the answers of many nodes than the one in which they come: in order, folded, as JSON.

They are made where the command was typed, out of what nodes said anywhere in the hierarchy; commands know nothing of them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import nlargest
from operator import itemgetter
from typing import Protocol

from xcatd.api import Sink
from xcatd.api.listing import Listing
from xcatd.errors import UsageError
from xcatd.model import Channel, Ended, Failure, Line, NodeBlock, Reply, Request, Verdict
from xcatd.model.command import FOLD, JSON, ORDERED, SLOWEST
from xcatd.noderange import fold

_RULE = "=" * 36
_SLOWEST = 10
"""Nodes that are named."""
_NUMBER = re.compile(r"\d+")


class Form(Sink, Protocol):
    """A sink that gathers replies, and sends on what is left when it is closed."""

    async def close(self) -> None: ...


def form_of(given: frozenset[str], request: Request, nodes: Sequence[str], sink: Sink) -> Form:
    """The form that the caller wants. Raises UsageError for two that exclude each other."""
    if {FOLD, JSON} <= given:
        raise UsageError(f"{request.command}: {FOLD} and {JSON} exclude each other")
    form: Form = Slowest(sink) if SLOWEST in given else AsTheyCome(sink)
    if JSON in given:
        form = AsJson(form, plain=not request.whole)
    if FOLD in given:
        form = Folded(form)
    elif ORDERED in given:
        form = Ordered(form, nodes)
    return form


class AsTheyCome:
    """Passes everything on."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    @property
    def flowing(self) -> bool:
        return self._sink.flowing

    async def send(self, reply: Reply) -> None:
        await self._sink.send(reply)

    async def close(self) -> None:
        """Nothing is left."""


class Slowest(AsTheyCome):
    """Passes everything on, and at the end says on standard error which nodes took the longest, where their owners worked."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._seconds: dict[str, float] = {}

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Ended):
            self._seconds[reply.node] = reply.seconds
        await super().send(reply)

    async def close(self) -> None:
        longest = nlargest(_SLOWEST, self._seconds.items(), key=itemgetter(1))
        text = ", ".join(f"{node} {seconds:.2f} s" for node, seconds in longest)
        await super().send(Failure(f"slowest: {text}", code=0, prefix=False))


class _Around(ABC):
    """Around another form; it takes lines one by one."""

    def __init__(self, form: Form) -> None:
        self._form = form

    @property
    def flowing(self) -> bool:
        return self._form.flowing

    async def send(self, reply: Reply) -> None:
        for part in _parts(reply):
            await self._take(part)

    @abstractmethod
    async def _take(self, reply: Reply) -> None:
        """Keep it, or send it on."""


class Ordered(_Around):
    """What nodes say in the order of the nodes: the first one at once, the others when those before have ended."""

    def __init__(self, form: Form, nodes: Sequence[str]) -> None:
        super().__init__(form)
        self._waiting = {node: list[Reply]() for node in nodes}
        self._order = iter(nodes)
        self._first = next(self._order, "")
        self._ended: set[str] = set()

    async def _take(self, reply: Reply) -> None:
        node = _node_of(reply)
        if node is None or node not in self._waiting:
            await self._form.send(reply)
            return
        self._waiting[node].append(reply)
        if isinstance(reply, Ended):
            self._ended.add(node)
        while self._first in self._waiting:
            await self._say(self._first)
            if self._first not in self._ended:
                return
            del self._waiting[self._first]
            self._first = next(self._order, "")

    async def _say(self, node: str) -> None:
        said = self._waiting[node]
        while said:
            await self._form.send(said.pop(0))

    async def close(self) -> None:
        for node in list(self._waiting):
            await self._say(node)
        await self._form.close()


class Folded(_Around):
    """Nodes that said the same under one heading, as xcoll shows them. What goes to standard error comes at once."""

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self._said: dict[str, list[str]] = defaultdict(list)

    async def _take(self, reply: Reply) -> None:
        if isinstance(reply, Line | Failure) and reply.node is not None and not _is_trouble(reply):
            self._said[reply.node].append(_text(reply))
        else:
            await self._form.send(reply)

    async def close(self) -> None:
        nodes: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for node, texts in self._said.items():
            nodes[tuple(texts)].append(node)
        for name, lines in sorted(((fold(names), lines) for lines, names in nodes.items()), key=_natural):
            for line in (_RULE, name, _RULE, *lines, ""):
                await self._form.send(Line(line))
        await self._form.close()


class AsJson(_Around):
    """An item for each node when it has ended, with its verdict and what it said (docs/json.md)."""

    def __init__(self, form: Form, *, plain: bool) -> None:
        super().__init__(form)
        self._said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._listing = Listing(lambda text: form.send(Line(text)), plain=plain)

    async def _take(self, reply: Reply) -> None:
        if isinstance(reply, Ended):
            await self._item(reply.node, reply.verdict)
            await self._form.send(reply)
        elif not isinstance(reply, Line | Failure):
            await self._form.send(reply)
        elif isinstance(reply, Failure) or _is_trouble(reply):
            await self._trouble(reply)
        elif reply.node is not None:
            label = (reply.label or "output").strip()
            self._said[reply.node][label].append(reply.text or "")

    async def _trouble(self, reply: Line | Failure) -> None:
        """Standard output has the array and nothing else."""
        if reply.node is not None and isinstance(reply, Failure):
            self._said[reply.node]["error"].append(reply.text)
        if isinstance(reply, Failure) and reply.channel not in (Channel.ERROR, Channel.WARNING):
            reply = Failure(reply.text, reply.node, reply.code, source=reply.source, cause=reply.cause)
        await self._form.send(reply)

    async def _item(self, node: str, verdict: Verdict) -> None:
        said = {label: "\n".join(texts) for label, texts in self._said.pop(node, {}).items()}
        await self._listing.add("node", node, {"verdict": verdict, **said})

    async def close(self) -> None:
        await self._listing.close()
        await self._form.close()


def _parts(reply: Reply) -> Iterator[Reply]:
    """A block of lines as its lines."""
    if isinstance(reply, NodeBlock):
        for node, label, text in reply.lines:
            yield Line(text, node, label, source=reply.source)
    else:
        yield reply


def _node_of(reply: Reply) -> str | None:
    return reply.node if isinstance(reply, Line | Failure | Ended) else None


def _is_trouble(reply: Line | Failure) -> bool:
    return reply.channel in (Channel.ERROR, Channel.WARNING)


def _text(reply: Line | Failure) -> str:
    label = reply.label if isinstance(reply, Line) else None
    return ": ".join(part for part in (label, reply.text) if part is not None)


def _natural(named: tuple[str, object]) -> tuple[list[tuple[int, str]], str]:
    """node2 before node10."""
    name = named[0]
    return [(int(number), number) for number in _NUMBER.findall(name)], name
