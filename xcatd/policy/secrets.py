"""Which cells of the tables hold secrets: those whose names say so, by the same rule that masks command lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xcatd.policy.mask import mask
from xcatd.store import Table


def secret_columns(table: Table) -> frozenset[str]:
    """The columns of a table that hold passwords, communities and keys."""
    return frozenset(column for column in table.column_names if is_secret_name(f"{table.name}.{column}"))


def is_secret_name(name: str) -> bool:
    """Whether an attribute, a setting of the site, or a cell called `table.column` holds a secret."""
    return mask((f"{name}=x",)) != f"{name}=x"


def secrets_of(table: str, row: Mapping[str, str | None]) -> Callable[[str], bool]:
    """Whether a column of this row holds a secret; in the site table that depends on the key."""
    if table == "site":
        secret = is_secret_name(row.get("key") or "")
        return lambda column: secret and column == "value"
    return lambda column: is_secret_name(f"{table}.{column}")
