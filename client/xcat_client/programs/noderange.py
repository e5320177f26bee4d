"""The nodes of a noderange, as the daemon knows them."""

from __future__ import annotations

import getopt
import os
from typing import TYPE_CHECKING

from xcat_client.programs import asked, options
from xcat_client.programs.question import question
from xcat_client.programs.streams import show
from xcat_client.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def read_words(
    words: Sequence[str], flags: Mapping[str, str], usage: bytes, env: Mapping[str, str]
) -> tuple[dict[str, str], list[str]] | int:
    """The command line of a program that takes options and a noderange: the options by letter, and the nodes. The exit status
    when there is nothing left to do: help or the version was wanted, the words are wrong, there are no nodes. Raises Trouble."""
    try:
        given, operands = options.read(words, flags)
    except ValueError as error:
        raise Trouble(str(error)) from error
    if "v" in given:
        return asked.shown(["nodels", "--version"], env)
    if "h" in given or len(operands) != 1:
        show(usage)
        return 0 if "h" in given else 1
    nodes = nodes_of(operands[0], env)
    return (given, nodes) if nodes else 1


def read_before(
    words: Sequence[str], letters: str, names: Sequence[str], usage: bytes, env: Mapping[str, str]
) -> tuple[dict[str, str], list[str]] | int:
    """The same of a program whose options all stand before its operands, which are two or more: the options by letter, and the
    operands. `letters` and `names`: as getopt takes them."""
    try:
        found, operands = getopt.getopt(list(words[1:]), letters, list(names))
    except getopt.GetoptError as error:
        raise Trouble(f"{words[0]}: {error}; see {words[0]} -h") from error
    given = {flag.lstrip("-")[0]: value for flag, value in found}
    if "v" in given:
        return asked.shown(["nodels", "--version"], env)
    if "h" in given or len(operands) < 2:
        show(usage)
        return 0 if "h" in given else 1
    return given, operands


def nodes_of(noderange: str, env: Mapping[str, str]) -> list[str]:
    """The names, none when the daemon refuses the range, which is then said. Raises Trouble when it cannot be asked."""
    answer = question(["nodels", "--", noderange], env)
    os.write(2, answer.errors)
    return [] if answer.status else answer.output.decode(errors="surrogateescape").split()


def with_suffix(nodes: list[str], interfaces: str) -> list[str]:
    """The names of these interfaces of nodes: `n1-ib0`. Without interfaces the nodes."""
    if not interfaces:
        return nodes
    return [f"{node}-{interface.removeprefix('-')}" for interface in interfaces.split(",") for node in nodes]
