"""What can be said to `nodeset`, word by word: states, chains of them, and words about the chain itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from xcatd.errors import UsageError


class Kind(StrEnum):
    """What a node does next. The values are the words of `nodeset`, of table chain and of the small boot image."""

    OSIMAGE = "osimage"
    INSTALL = "install"
    NETBOOT = "netboot"
    STATELITE = "statelite"
    BOOT = "boot"
    SHELL = "shell"
    STANDBY = "standby"
    SHUTDOWN = "shutdown"
    OFFLINE = "offline"
    RUNCMD = "runcmd"
    RUNIMAGE = "runimage"


METHODS: Final = (Kind.INSTALL, Kind.NETBOOT, Kind.STATELITE)
"""The older words for an osimage, whose name follows from the node's os, arch and profile."""
IMAGES: Final = (Kind.OSIMAGE, *METHODS)
_SPLIT = re.compile("[,;]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f'\"\\$&|<>{}]")
"""What a kernel's command line, iPXE and grub read in their own ways."""


@dataclass(frozen=True, slots=True)
class Step:
    """One item of a chain. `value`: behind the equals sign, "" for none."""

    kind: Kind
    value: str = ""

    @property
    def text(self) -> str:
        return f"{self.kind}={self.value}" if self.value else self.kind


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be set now, and what a node does after that, as table chain has it."""

    step: Step
    rest: str = ""


def read_action(text: str) -> Action:
    """`runcmd=bmcsetup,osimage=x` -> the first step, and the others. Raises UsageError for a word that there is not."""
    items = chain_items(text)
    if not items:
        raise UsageError(f"Invalid argument: '{text}'")
    steps = [_step(item) for item in items]
    return Action(steps[0], ",".join(items[1:]))


def chain_items(text: str) -> Sequence[str]:
    """The items of a chain, with commas or semicolons between them."""
    return [item.strip() for item in _SPLIT.split(text) if item.strip()]


def next_of(current: str, template: str) -> tuple[str, str]:
    """What a node does after this, by chain.currchain, else chain.chain: the item, and the chain that is left then. The last item
    stays in the chain. ("", "") where there is no chain."""
    items = chain_items(current) or chain_items(template)
    if not items:
        return "", ""
    return items[0], ",".join(items[1:]) or items[0]


def _step(item: str) -> Step:
    word, equals, value = item.partition("=")
    if word not in tuple(Kind):
        raise UsageError(f"Invalid argument: '{item}'")
    kind = Kind(word)
    if _UNSAFE.search(value):
        raise UsageError(
            f"Invalid argument: {item!r}: a node cannot be told control characters, quotes or any of \\$&|<>{{}}"
        )
    if kind in (Kind.RUNCMD, Kind.RUNIMAGE):
        if not value:
            raise UsageError(f"Invalid argument: '{item}': write {kind}=WHAT")
    elif kind is Kind.OSIMAGE:
        value = value.partition(":")[0]  # osimage=NAME:reboot4deploy of xCAT 2
    elif equals and kind not in METHODS:
        raise UsageError(f"Invalid argument: '{item}': {kind} takes no value")
    return Step(kind, value)
