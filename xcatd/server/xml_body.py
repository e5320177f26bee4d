"""Requests of xCAT 2 whose words stand in elements of their own: they are put into the form that our commands have."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.protocol.xml import XmlRequest

_NODERANGE_FIRST = frozenset({"makeroutes"})
"""Commands whose noderange an old client leaves among the words (its program `xcatclientnnr`)."""


def is_whole(asked: XmlRequest) -> bool:
    """Whether the noderange, if there is one, is still among the arguments."""
    return asked.command in _NODERANGE_FIRST and asked.noderange is None and asked.nodes is None


def words_and_input(asked: XmlRequest) -> tuple[tuple[str, ...], str | None]:
    """The arguments and the standard input of a request.

    xCAT's tabrestore sends the table's name in <table>, the option -a as <addrows>, and each line of the file in a
    <data> (protocol.md 1.5).
    """
    table = _texts(asked, "table")
    if asked.command != "tabrestore" or not table:
        return asked.args, asked.stdin
    flags = ("--addrows",) if "addrows" in asked.extra else ()
    return (*asked.args, *flags, table[0]), "".join(map(_line, _texts(asked, "data")))


def _line(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _texts(asked: XmlRequest, name: str) -> Sequence[str]:
    return [value for value in asked.extra.get(name, ()) if isinstance(value, str)]
