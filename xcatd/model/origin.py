"""Where a change of the configuration comes from: what its history says of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Who changed something, and how. `words` are the command's arguments with the secrets masked.

    A change that the daemon makes by itself has no `client` and no `request`.
    """

    user: str
    client: str = ""
    """The host from which it was asked for."""
    request: str = ""
    """The id of the request, which also stands in the log."""
    command: str = ""
    words: str = ""
