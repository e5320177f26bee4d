"""A service that a host keeps because a column of table servicenode, or what the site says, asks for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from xcatd.errors import ServiceError
from xcatd.services.drained import TABLE as DRAINED
from xcatd.services.managers import Manager, Program
from xcatd.services.place import Place
from xcatd.store.news import News

ALONE, ON, SECOND = "", "1", "2"
"""What a column asks for: leave it alone, keep it, keep its second form."""
YES = frozenset({"1", "yes", "y", "true", "on", "enable"})
NO = frozenset({"", "0", "no", "n", "false", "off", "disable"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """`changed`: something was done, or in a dry run would be. `lines`: what, as a diff and as sentences. `idle`: all is as wanted
    and its server need not run, `warnings` say why."""

    changed: bool = False
    lines: Sequence[str] = ()
    warnings: Sequence[str] = ()
    idle: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """One run. `news`: what has changed in the tables since the last one; None: look at everything."""

    manager: Manager
    news: News | None = None
    dry_run: bool = False


class Service(ABC):
    """One service. It has no state: the same object is used for every run."""

    name: ClassVar[str]
    """What it is called in `xcatstatus`: its column of table servicenode, where it has one."""
    tables: ClassVar[Collection[str]] = ()
    """A change of one of these tables concerns it; `site` and `servicenode` are looked at by key."""
    site_keys: ClassVar[Collection[str]] = ()
    after: ClassVar[Sequence[str]] = ()
    """Services that have had their turn before this one has its first."""
    second: ClassVar[bool] = False
    """Whether 2 in its column means a second form of it."""
    needs_current_tables: ClassVar[bool] = False
    """Whether it may harm nodes that have gone to another service node since: then it does not serve with old tables."""

    def wanted(self, place: Place) -> str:
        """ALONE, ON or SECOND. Raises ServiceError for a value that has no meaning."""
        return column_value(place.value("servicenode", self.name), self.name, second=self.second)

    def concerns(self, news: News) -> bool:
        """Whether a change of tables may change what it does."""
        if "servicenode" in news or DRAINED in news or not news.keys().isdisjoint(self.tables):
            return True
        keys = news.get("site", frozenset())
        return keys is None or not keys.isdisjoint(self.site_keys)

    def program(self, place: Place, value: str) -> Program | None:
        """The server that is watched; None where there is none to watch."""
        return None

    def serving(self, place: Place, value: str) -> Sequence[Program]:
        """The servers that do not run while this host is drained; none where the host needs them itself."""
        program = self.program(place, value)
        return () if program is None else (program,)

    @abstractmethod
    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        """Bring the host to what is wanted, and ask back whether it is so; doing it again does nothing. `value` is ON or SECOND.

        Raises ServiceError: what was there before is in place and serves on.
        """


def column_value(text: str, column: str, *, second: bool = False) -> str:
    """What a column says; one meaning for all of them (docs/services.md). Raises ServiceError."""
    word = text.strip().lower()
    if word in NO:
        return ALONE
    if word in YES:
        return ON
    if word == "2" and second:
        return SECOND
    others = "1, 2 or 0" if second else "1 or 0"
    raise ServiceError(f"servicenode.{column} is {text!r}: set it to {others}")
