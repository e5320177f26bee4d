"""What a word of rspconfig does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from xcatd.errors import UsageError
from xcatd.hardware.redfish.places import Places
from xcatd.hardware.settings import Setting

Read = Callable[[Places], Coroutine[Any, Any, Setting]]
Write = Callable[[Places, str], Coroutine[Any, Any, Setting]]


@dataclass(frozen=True, slots=True)
class Word:
    """None: it cannot be read, or not be set. `is_secret`: its value must not be shown. `check` raises UsageError for what
    cannot be its value, whatever the controller is like."""

    read: Read | None = None
    write: Write | None = None
    is_secret: bool = False
    check: Callable[[str], object] = str


def chosen(word: str, value: str, choices: dict[str, str]) -> str:
    """What stands for `value`. UsageError: it is none of the choices."""
    if value not in choices:
        raise UsageError(f'"{value}" is no value for {word}: give {" or ".join(choices)}')
    return choices[value]
