"""Who takes part when files are brought: where they are here, how nodes are reached, who hears of it, and how each node ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from xcatd.errors import XcatError

if TYPE_CHECKING:
    from xcatd.remote.access import Access
    from xcatd.remote.running import Ears

Lists: TypeAlias = Mapping[str, Sequence[Path]]
"""The synclists of each node, by the names that they have on the management node; all of them absolute."""
STAGED: Final = "/var/xcat/syncfiles"
"""Where service nodes have copies of the management node's files: site.SNsyncfiledir."""
KEPT: Final = "/var/xcat/node/syncfiles"
"""Where nodes keep what they need to know the next time: site.nodesyncfiledir."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the files are here. `root`: the folder below which this daemon's files are. `staged`: on a service node, the folder
    below which there are copies of the management node's files; None on the management node. `shared`: folders that a service
    node may have in common with the management node (site.installdir): files there count where there is no copy."""

    root: Path
    staged: Path | None = None
    shared: Sequence[Path] = ()

    def at(self, named: Path) -> Path:
        """Where a file of the management node is on this host; it need not be there. It blocks for a moment."""
        places = [base / named.relative_to("/") for base in self.bases(named)]
        return next((place for place in places if place.exists()), places[0])

    def bases(self, named: Path) -> Sequence[Path]:
        """The folders below which it may be, the first one first."""
        own = Path("/") if named.is_relative_to(self.root) else self.root
        if self.staged is None:
            return (own,)
        below = self.staged if self.staged.is_relative_to(self.root) else self.root / self.staged.relative_to("/")
        return (below, own) if any(named.is_relative_to(folder) for folder in self.shared) else (below,)

    def missing(self, named: Path) -> str:
        """What to do about a file that is not there."""
        if self.staged is None:
            return f"{named} is not there"
        return f"{named} is not on this service node: bring it with updatenode -f, or xdcp -s -F"


@dataclass(frozen=True, slots=True)
class Reach:
    """How nodes are reached. `addresses`: of each node; one that has none is not reached."""

    access: Access
    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manner:
    """`fanout`: nodes at once. `silence`: seconds without a word after which a node is given up. `sudo`: by sudo, which must not
    ask for a password. `dry_run`: say what would change, and change nothing. `verbose`: say what was changed."""

    fanout: int = 64
    silence: float | None = None
    sudo: bool = False
    dry_run: bool = False
    verbose: bool = False


AS_USUAL: Final = Manner()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a node ended. `error`: None when all went well; a NodeError is of the node, any other of its lists. `changed`: paths on
    the node that were changed, or with a dry run would be."""

    error: XcatError | None = None
    changed: Sequence[str] = ()


class Audience(Protocol):
    """Hears of nodes while they are under way."""

    def ears(self, node: str) -> Ears:
        """Who hears what scripts say on this node, and on `output` what is or would be changed there."""
        ...

    async def ended(self, node: str, outcome: Outcome) -> None:
        """This node has ended."""
        ...
