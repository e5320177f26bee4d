"""Files of names: what a `^file` in a noderange says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xcatd.errors import BadNoderange
from xcatd.noderange.parse import parse
from xcatd.noderange.tree import Item

_END_OF_ENTRY = re.compile(r"[ \t:]")


def entries(content: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, each with its number, up to its first blank or colon; not those with # or ^."""
    for number, line in enumerate(content.splitlines(), 1):
        entry = _END_OF_ENTRY.split(line.strip(), maxsplit=1)[0]
        if entry and entry[0] not in "#^":
            yield number, entry


def parsed(path: str, number: int, entry: str) -> tuple[Item, ...]:
    """The items of a line. Raises BadNoderange, which names the file and the line."""
    try:
        return parse(entry)
    except BadNoderange as error:
        raise BadNoderange(f"In {path}, line {number}: {error}") from error
