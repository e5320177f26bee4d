"""What a kind of database must be able to do: all that differs between SQLite, PostgreSQL and MariaDB/MySQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from xcatd.errors import ConfigError, StoreError
from xcatd.store.engine.metadata import Catalogue
from xcatd.store.engine.statements import Statements
from xcatd.store.location import Location

if TYPE_CHECKING:
    from xcatd.store.engine.lead import Lead

WRITES: Final = "xcatd_writes"
"""The execution option of a transaction that may write: nobody else writes meanwhile, not even a foreign program."""
ALTERS: Final = "xcatd_alters"
"""The execution option of a transaction that may alter tables."""

Wake = Callable[[], None]


class Dialect(ABC):
    """One kind of database, at one location."""

    null_keys: bool
    """Whether a part of a primary key may be NULL."""
    keeps_order: bool
    """Whether rows come in the order in which they were stored."""

    may_vanish: bool = False
    """Whether it can happen that nobody answers any more, and nobody says so."""
    raw_errors: tuple[type[Exception], ...] = (OSError,)
    """What the driver raises past SQLAlchemy: when it cannot connect, and from `news`."""

    def __init__(self, location: Location) -> None:
        self.location = location

    @property
    def name(self) -> str:
        """As sentences name the database."""
        return self.location.named()

    async def prepare(self, patience: float, tables: Sequence[str]) -> None:  # noqa: B027 - most kinds need not
        """See to what must be right before the first connection. `tables`: those that will be read. Raises StoreError."""

    @abstractmethod
    def make_engine(self, patience: float) -> sa.Engine:
        """An engine whose transactions begin as their options say. `patience`: seconds to wait for locks."""

    @abstractmethod
    def statements(self, catalogue: Catalogue, dialect: sa.Dialect) -> Statements:
        """The statements by which rows are written."""

    @abstractmethod
    def explain(self, error: BaseException | None) -> StoreError:
        """An error of the driver as a sentence; Away when the server cannot be reached. By its code, never by its text."""

    @abstractmethod
    def lacks_table(self, error: BaseException | None) -> bool:
        """Whether somebody has dropped or altered a table."""

    def may_pass(self, error: BaseException | None) -> bool:
        """Whether the same transaction may succeed when it is done again at once: it was the victim of a deadlock."""
        return False

    def pulse(self, connection: sa.Connection) -> object:
        """What stays as it is while nobody but this connection writes; None: nobody can say."""
        return None

    def schema_version(self, connection: sa.Connection) -> int:
        """A number that changes when somebody alters a table or a trigger, where the database counts that."""
        return 0

    @abstractmethod
    def columns(self, connection: sa.Connection) -> Mapping[str, set[str]]:
        """Which columns each table has."""

    def repairs(self, connection: sa.Connection, tables: Collection[str]) -> Mapping[str, str]:
        """What must be done to tables that others made, before they can be used: statements, and what to say of each."""
        return {}

    @abstractmethod
    def triggers(self, connection: sa.Connection) -> set[str]:
        """The names of the triggers."""

    @abstractmethod
    def counting(self, table: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Name and text of the triggers that count and note the changes of a table, whoever makes them."""

    @abstractmethod
    def uncounting(self, table: str, trigger: str) -> str:
        """What drops one of them."""

    def helpers(self) -> Sequence[str]:
        """What must be there before the triggers; making it again does no harm."""
        return ()

    def unhelpers(self) -> Sequence[str]:
        """What drops that."""
        return ()

    def unnoticed(self, connection: sa.Connection) -> AbstractContextManager[None] | None:
        """Within it the triggers are silent, for this transaction; None: they cost little, so they speak always."""
        return None

    def numbered(self, connection: sa.Connection, table: str, column: str) -> None:  # noqa: B027 - most kinds need not
        """Rows came with numbers of their own: the ones that the database makes go on behind them."""

    def any_text(self, connection: sa.Connection) -> AbstractContextManager[None]:
        """Within it text comes that is not UTF-8, as lone surrogates."""
        return nullcontext()

    def is_odd_text(self, error: BaseException | None) -> bool:
        """Whether the driver gave up because text is not UTF-8."""
        return False

    def is_silence(self, error: BaseException) -> bool:
        """Whether an error of `call` means that nobody is there."""
        return False

    async def call(self) -> None:
        """Connect and hang up, to see whether somebody is there. Raises what the driver raises."""
        return

    def lead(self, name: str) -> Lead:
        """The session by which the management node of this name competes with others for the lead. Raises ConfigError for a
        database that does not tell them apart."""
        raise ConfigError(
            f"Several management nodes (management_nodes in xcatd.yaml) need one PostgreSQL for all, and {self.name} is none: "
            "set it up with pgsqlsetup -i, or remove management_nodes"
        )

    def news(self, wake: Wake) -> AbstractAsyncContextManager[bool]:
        """While it lasts, `wake` is called when the database says that somebody has written; gives whether it will."""
        return _no_news()


def driver_error(dialect: sa.Dialect) -> type[Exception]:
    """What a driver raises past SQLAlchemy while rows are fetched from it."""
    error: type[Exception] = dialect.loaded_dbapi.Error
    return error


@asynccontextmanager
async def _no_news() -> AsyncIterator[bool]:
    yield False
