"""Which cells hold secrets, so that what shows rows to people can leave them out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "xxxxxxxx"
"""What stands in the place of a secret."""

_SECRET: Final = re.compile(r"passw|passphrase|secret|credential|community|privkey|authkey|apikey", re.IGNORECASE)
_MORE: Final = frozenset({("token", "tokenid"), ("prodkey", "key")})


def is_secret(table: str, column: str, key: str = "") -> bool:
    """Whether a cell holds a password, a key or the like. `key`: what stands in the first column of the row's key, which
    tells what the value is in tables of names and values, such as site."""
    if (table, column) in _MORE or _SECRET.search(column):
        return True
    return column == "value" and _SECRET.search(key) is not None


def without_secrets(table: str, cells: Mapping[str, str | None], key: str = "") -> dict[str, str | None]:
    """The cells with `xxxxxxxx` in the place of secrets that are not empty; `key` as in `is_secret`."""
    return {column: MASK if text and is_secret(table, column, key) else text for column, text in cells.items()}
