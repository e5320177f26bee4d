"""What becomes of a line that a node says: a report on disk, or a deed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from xcatd.errors import Denied, NotFound, UsageError
from xcatd.model import Caller, Origin, Role
from xcatd.objects import world_of
from xcatd.services.nodes.deeds import Deeds, NoDeeds
from xcatd.services.nodes.destiny import Current, destiny, next_destiny
from xcatd.services.nodes.saying import Saying, Verb
from xcatd.services.nodes.statuses import REASON, STATUSES, UPDATES, is_wanted, merged, reason_of, said_of, time_of
from xcatd.services.nodes.whose import Whose
from xcatd.services.service import YES
from xcatd.store import Append, Change, Put
from xcatd.store.outage import Outage

log = logging.getLogger(__name__)

LEGACY = "legacynodes"
"""The attribute of the site that lets images of xCAT 2, which have no certificates, get scripts and keys by their address."""
REPORTER = "nodes"
"""Who writes what nodes say of themselves; the row says which node. Equal reports of many nodes are one write."""


class Keep(Protocol):
    """Keeps a write on disk until it is done. StoreError: it is not kept."""

    async def __call__(self, changes: Sequence[Change], author: Origin) -> None: ...


class Tables(Current, Protocol):
    """The tables as they are known now, and why they may be old; None while they are not."""

    @property
    def outage(self) -> Outage | None: ...


@dataclass(slots=True)
class Hearing:
    """Hears nodes. `keep` takes reports; `deeds` does what they ask for; `now` gives local time."""

    store: Tables
    keep: Keep
    deeds: Deeds = field(default_factory=NoDeeds)
    now: Callable[[], datetime] = datetime.now
    _waiting: dict[str, str] = field(default_factory=dict)
    """nodelist.appstatus of nodes that have reported while the tables cannot be written: the tables do not show it yet."""
    whose: Whose = field(init=False)
    """Finds nodes by their addresses."""

    def __post_init__(self) -> None:
        self.whose = Whose(lambda: self.store.snapshot)

    @property
    def serves_old_images(self) -> bool:
        """Whether nodes without a certificate get more than an ear: site.legacynodes."""
        return self.store.snapshot.site(LEGACY).strip().lower() in YES

    async def who(self, caller: Caller, command: str) -> str:
        """The node that asks for what is only for itself. Raises Denied and NotFound."""
        if caller.role is Role.NODE:
            return caller.name
        if caller.role is not Role.ANONYMOUS:
            raise Denied(f"{command} is for nodes, about themselves; see {command} -h")
        if not self.serves_old_images:
            raise Denied(
                f"{command}: only a node with its own certificate gets what it asks for; to let in images of xCAT 2, which have "
                f"none: chtab key={LEGACY} site.value=yes"
            )
        return await self.whose.node(caller.peer)

    async def hear(self, node: str, saying: Saying, peer: str = "") -> Sequence[str]:
        """Do what a node says; when this returns, a report is on disk, a deed is done. Gives the lines that the node gets.

        What means nothing (an unknown status) is logged and left, for saying it again would not help. Raises StoreError when
        the report cannot be kept, and what deeds raise. `peer` is an address, for the log.
        """
        match saying.verb:
            case Verb.STATUS | Verb.APPLICATION | Verb.UPDATE:
                await self._report(node, saying, peer)
            case Verb.NEXT:
                await self.deeds.advance(node)
            case Verb.POSTSCRIPT:
                return [*await self.deeds.postscript(node), "#END OF SCRIPT"]
            case Verb.SYNC:
                await self.deeds.sync_files(node)
                return ["syncfiles done"]
            case Verb.TOKEN:
                return [await self.deeds.token(node, "sn" if saying.words == ("service",) else "node")]
            case Verb.DESTINY:
                return (await destiny(node, self.store, self.deeds)).lines()
            case Verb.NEXT_DESTINY:
                return (await next_destiny(node, saying.text, self.store, self.deeds)).lines()
            case Verb.LOG:
                raise UsageError("a log is said at the port for nodes only, its lines behind the word")
            case Verb.NOTHING:
                pass
            case _:
                await self.deeds.other(node, (saying.verb, *saying.words))
        return ()

    async def keep_log(self, node: str, text: str, peer: str) -> None:
        """Keep what a node says of itself when it cannot go on. Raises ServiceError and NotFound."""
        if not world_of(self.store.snapshot).has_node(node):
            raise NotFound(f"There is no node {node}; see: nodels")
        await self.deeds.log(node, text)
        log.info("node log", extra={"facts": {"node": node, "bytes": len(text), "peer": peer}})

    async def _report(self, node: str, saying: Saying, peer: str) -> None:
        snapshot = self.store.snapshot
        if not world_of(snapshot).has_node(node):
            raise NotFound(f"There is no node {node}; see: nodels")
        facts = {
            "node": node,
            "words": said_of(" ".join(saying.words)),
            "reason": reason_of(saying.reason),
            "peer": peer,
        }
        if not is_wanted(snapshot.site("nodestatus")):
            return
        changes = self._changes(node, saying)
        if not changes:
            log.warning("a node reports what is no state: it is left", extra={"facts": facts})
            return
        words = f"{facts['words']} -- {facts['reason']}" if facts["reason"] else facts["words"]
        await self.keep(changes, Origin(REPORTER, command=str(saying.verb), words=words))
        log.info("node status", extra={"facts": facts})

    def _changes(self, node: str, saying: Saying) -> Sequence[Change]:
        moment = time_of(self.now())
        match saying.verb:
            case Verb.STATUS:
                known = [word for word in saying.words if word in STATUSES]
                return self._status(node, known[-1], reason_of(saying.reason), moment) if known else ()
            case Verb.UPDATE:
                if saying.words[:1] and saying.words[0] in UPDATES:
                    return (_put(node, updatestatus=saying.words[0], updatestatustime=moment),)
                return ()
            case _:
                name, _, state = reason_of(" ".join(saying.words)).partition("=")
                if not name or not state:
                    return ()
                return (_put(node, appstatus=self._merged(node, {name: state}), appstatustime=moment),)

    def _status(self, node: str, status: str, reason: str, moment: str) -> Sequence[Change]:
        cells = {"status": status, "statustime": moment}
        if reason or f"{REASON}=" in self._appstatus(node):
            cells |= {"appstatus": self._merged(node, {REASON: reason or None}), "appstatustime": moment}
        changes: list[Change] = [_put(node, **cells)]
        if reason or status == "failed":
            changes.append(_event(node, status, reason, moment))
        return changes

    def _merged(self, node: str, states: dict[str, str | None]) -> str:
        text = merged(self._appstatus(node), states)
        if self.store.outage is not None:
            self._waiting[node] = text
        return text

    def _appstatus(self, node: str) -> str:
        """What the tables have, or will have when what waits is written."""
        if self.store.outage is None:
            self._waiting.clear()
        elif node in self._waiting:
            return self._waiting[node]
        return next((row["appstatus"] or "" for row in self.store.snapshot.table("nodelist").find(node)), "")


def _put(node: str, **cells: str) -> Put:
    """A node may be removed before this is done: it must not come back."""
    return Put("nodelist", {"node": node}, cells, adds=False)


def _event(node: str, status: str, reason: str, moment: str) -> Append:
    """The event of a node that has failed, or that says why it is as it is."""
    return Append(
        "eventlog",
        {
            "eventtime": moment,
            "eventtype": "nodestatus",
            "monitor": "xcatd",
            "node": node,
            "component": status,
            "severity": "critical" if status == "failed" else "informational",
            "message": reason or status,
        },
    )
