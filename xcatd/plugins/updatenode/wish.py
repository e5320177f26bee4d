"""What the words of `updatenode` ask for, and which of them do not go together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final

from xcatd.api import Ctx, Denied, UsageError
from xcatd.remote.callers import FANOUT, fanout_of, silence_of

_ASSIGNMENT = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)", re.DOTALL)
_DEEDS: Final = {
    "F": "sync",
    "f": "stage",
    "S": "software",
    "s": "server",
    "k": "security",
    "g": "generate",
}
"""Letters of flags that say what is to be done, and the arguments that they are; P, which may have a value, is one more."""
_CONFLICTS: Final[Sequence[tuple[str, str, str]]] = (
    ("s", "SkP", "If you specify the -s flag you must not specify either the -S or -k or -P flags"),
    ("F", "f", "You can not specify both the -f and -F flags."),
    ("f", "SkPF", "If you specify the -f flag you must not specify either the -S or -k or -P or -F flags"),
    ("k", "SPFf", "If you use the -k flag, you cannot specify the -S,-P,-f or -F flags."),
    ("g", "SPFfks", "updatenode -g stands alone: it only writes files"),
)
"""A flag, those that do not go with it, and xCAT's words for it, which scripts look for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`scripts`: a comma list for -P, "" for the node's own, None for none. `variables`: given to scripts. `user` and `sudo`: as
    whom on the nodes. `silence`: seconds without a word after which a node is given up."""

    sync: bool = False
    stage: bool = False
    software: bool = False
    scripts: str | None = None
    server: bool = False
    security: bool = False
    generate: bool = False
    variables: Sequence[tuple[str, str]] = ()
    user: str = "root"
    sudo: bool = False
    fanout: int = FANOUT
    silence: float | None = None
    verify: bool = True
    verbose: bool = False
    dry_run: bool = False


def read_wish(ctx: Ctx, arguments: Mapping[str, Any]) -> Wish:
    """What is wanted. `arguments` are those of the command. Raises UsageError, and Denied for what is root's alone."""
    _refuse(arguments)
    assigned = [_ASSIGNMENT.fullmatch(word) for word in arguments["words"]]
    variables = tuple((one[1], one[2]) for one in assigned if one is not None)
    listed = _listed(arguments, [word for word, one in zip(arguments["words"], assigned, strict=True) if one is None])
    is_root = ctx.request.caller.name == "root"
    if arguments["security"] and not is_root:
        raise Denied("updatenode -k is for root")
    if variables and not is_root:
        raise Denied(f"updatenode: variables such as {variables[0][0]}= are for root: scripts run as root")
    return replace(_deeds(arguments, listed), variables=variables, **_manner(arguments))


def _refuse(arguments: Mapping[str, Any]) -> None:
    """Flags that do not go together, and those of other times."""
    given = _flags(arguments)
    for flag, others, text in _CONFLICTS:
        if flag in given and given & {*others}:
            raise UsageError(text)
    if arguments["command_line"] and not arguments["software"]:
        raise UsageError("If you specify the -c flag you must specify the -S flag")
    if arguments["everything"] or arguments["command_line"] or arguments["source"]:
        raise UsageError(
            "updatenode -A, -c and -d are for AIX, which is not served: linuximage.otherpkglist names packages"
        )
    if arguments["os"]:
        raise UsageError("updatenode -o upgrades no operating system here: install the node with another osimage")
    if arguments["copying"] and not given & {"F", "f"}:
        raise UsageError("-r|--node-rcp option is valid when option -f or -F is specified")
    if arguments["copying"] and PurePath(arguments["copying"]).name != "rsync":
        raise UsageError(f"updatenode -r takes rsync, not {arguments['copying']}: files travel by it alone")
    if arguments["dry_run"] and given != {"F"}:
        raise UsageError("updatenode --dry-run goes with -F alone")


def _flags(arguments: Mapping[str, Any]) -> set[str]:
    """The letters of what is to be done."""
    given = {letter for letter, name in _DEEDS.items() if arguments[name]}
    return given | ({"P"} if arguments["scripts"] is not False else set())


def _listed(arguments: Mapping[str, Any], plain: Sequence[str]) -> str | None:
    """The list of scripts, "" for the node's own; None: none are wanted. One may stand without -P where it stands alone."""
    scripts, flags = arguments["scripts"], _flags(arguments)
    if plain and flags and "P" not in flags:
        raise UsageError(f"updatenode: {plain[0]!r} is one word too many: scripts are named behind -P")
    if len(plain) > 1 or (plain and isinstance(scripts, str)):
        raise UsageError(f"updatenode: {plain[-1]!r} is one word too many: scripts are one word, separated by commas")
    if plain:
        return str(plain[0]).strip()
    return scripts.strip() if isinstance(scripts, str) else ("" if scripts else None)


def _deeds(arguments: Mapping[str, Any], listed: str | None) -> Wish:
    """What is to be done: where nothing is said, files, software and scripts."""
    if listed is None and not _flags(arguments):
        return Wish(sync=True, software=True, scripts="")
    return Wish(scripts=listed, **{name: arguments[name] for name in _DEEDS.values()})


def _manner(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """How it is to be done."""
    return {
        "user": arguments["user"] or "root",
        "sudo": arguments["user"] not in ("", "root"),
        "fanout": fanout_of("updatenode", arguments["fanout"], {}),
        "silence": silence_of("updatenode", arguments["timeout"], {}),
        "verify": not arguments["noverify"],
        "verbose": arguments["verbose"],
        "dry_run": arguments["dry_run"],
    }
