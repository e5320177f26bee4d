"""What a medium is taken for: what it says itself, and what the caller calls it."""

from __future__ import annotations

import re
from dataclasses import replace

from xcatd.errors import UsageError
from xcatd.services.media.identity import Identity, family_of_name, our_arch

_WORD = re.compile(r"[A-Za-z0-9][\w.+-]*")
"""What may be the name of a folder."""
_FIRST = {"suse": "1"}
"""Where a medium of this family lies in its tree when nobody knows which one it is."""


def as_wished(found: Identity | None, name: str, arch: str) -> Identity:
    """The medium under this name and architecture, where they are given. Raises UsageError when they do not go together with what
    it says, or when something is not known."""
    arch = our_arch(arch)
    if found is None:
        found = _unknown(name)
    elif name and family_of_name(name) != found.family:
        raise UsageError(f"The medium is {found.name}, which cannot be called {name}: leave out -n")
    if arch and found.arch and arch != found.arch:
        raise UsageError(f"Requested distribution architecture {arch}, but media is {found.arch}")
    made = replace(found, name=name or found.name, arch=arch or found.arch)
    if not made.arch:
        raise UsageError("copycds could not identify the ARCH, you may wish to try -a <arch>.")
    for word in (made.name, made.arch):
        if _WORD.fullmatch(word) is None:
            raise UsageError(f"{word!r} cannot be the name of a folder: give another one with -n or -a")
    return made


def _unknown(name: str) -> Identity:
    """A medium that nobody knows, which is what the caller says."""
    if not name:
        raise UsageError("copycds could not identify the ISO supplied, you may wish to try -n <osver>")
    family = family_of_name(name)
    if family is None:
        raise UsageError(
            f"{name} is no distribution that is known here: a name begins as rhels9.4, debian12.5.0 or sle15.5 do"
        )
    folder = _FIRST.get(family, "")
    return Identity(family, name, folder=folder)
