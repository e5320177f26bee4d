"""What the words and the variables of a caller ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from xcatd.api import Ctx, Denied, UsageError
from xcatd.remote.callers import FANOUT, believed, fanout_of, heeded, silence_of, user_of
from xcatd.remote.sshwords import SshWords, read_ssh_words

_MEANS = ("scp", "sftp", "rsync")


@dataclass(frozen=True, slots=True)
class Wish:
    """`sources`: absolute on the daemon's host, or with `pull` one on the nodes. `target`: on the nodes, or with `pull` an absolute
    folder of this host. `synclist`: a list in the place of both. `user`: as whom on the nodes. `silence`: seconds after which a
    node that hangs is given up; `patience`: seconds for a login, 0 as usual. `port` 0: as root's ssh configuration says.
    `by_rsync`: not by SFTP."""

    sources: tuple[str, ...]
    target: str
    synclist: str
    user: str
    fanout: int = FANOUT
    silence: float | None = None
    patience: int = 0
    port: int = 0
    sudo: bool = False
    preserve: bool = False
    pull: bool = False
    recursive: bool = False
    by_rsync: bool = False
    verify: bool = False
    trace: bool = False
    silent: bool = False
    services_only: bool = False
    dry_run: bool = False


def read_wish(ctx: Ctx, arguments: Mapping[str, Any]) -> Wish:
    """What is wanted. `arguments` are those of the command `xdcp`. Raises UsageError or Denied."""
    given = dict(arguments)
    caller = ctx.request.caller.name
    env = heeded("xdcp", dict(ctx.request.env), given.pop("ignore_env"))
    del given["no_locale"]  # the locale of the caller never goes to nodes
    _refuse(ctx, given)
    words = given.pop("words")
    typed = PurePosixPath(given.pop("means")).name
    means = typed or PurePosixPath(env.get("DSH_NODE_RCP", "")).name
    if means not in ("", *_MEANS):
        raise UsageError(
            f"xdcp: files are copied by scp (which is SFTP here) or by rsync, not by {means}: say -r rsync"
        )
    given["fanout"] = fanout_of("xdcp", given["fanout"], env)
    given["silence"] = silence_of("xdcp", given.pop("timeout"), env)
    given["user"] = user_of("xdcp", given["user"], env, caller)
    ssh = _ssh(given.pop("options"), believed(env, caller), given["synclist"])
    if given["synclist"]:
        given["synclist"] = _absolute(ctx, given["synclist"])
    sources, target = _split(ctx, words, given)
    if typed in ("scp", "sftp") and (given["sudo"] or given["synclist"]):
        raise UsageError(f"xdcp: {'--sudo' if given['sudo'] else '-F'} needs rsync on both sides: leave -r {typed} out")
    given["by_rsync"] = means == "rsync" or (given["sudo"] and not given["synclist"])
    return Wish(sources, target, port=ssh.port, patience=ssh.patience, **given)


def _ssh(typed: str, env: Mapping[str, str], synclist: str) -> SshWords:
    """What -o says, or its variable. Raises UsageError."""
    if synclist:
        if typed:
            raise UsageError("xdcp -o does not go with -F: put it into root's .ssh/config on the daemon's host")
        return SshWords()
    given_by = "xdcp -o" if typed else "xdcp: the variable DSH_NODE_OPTS"
    return read_ssh_words(typed or env.get("DSH_NODE_OPTS", ""), given_by)


def _refuse(ctx: Ctx, given: dict[str, Any]) -> None:
    if given.pop("bypass"):
        raise UsageError("xdcp -B: files are copied by the daemon only: leave -B out, or use pscp")
    if given.pop("image"):
        raise UsageError("xdcp -i takes no noderange, and this release's client: it copies into an image on this host")
    is_root = ctx.request.caller.name == "root"
    for flag, what in (("-F", given["synclist"]), ("-P", given["pull"])):
        if what and not is_root:
            raise Denied(f"Only root copies with xdcp {flag}, as the daemon's root does it: use prsync or pscp")


def _split(ctx: Ctx, words: tuple[str, ...], given: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """Sources and target. Raises UsageError."""
    if given["synclist"]:
        if words or given["pull"] or given["recursive"] or given["preserve"]:
            raise UsageError("xdcp -F says by the list what is copied: leave files, -P, -R and -p out")
        return (), ""
    if given["services_only"] or given["dry_run"]:
        raise UsageError(f"xdcp {'-s' if given['services_only'] else '--dry-run'} goes with -F only")
    *sources, target = words or ("",)
    if not sources or not all(words):
        raise UsageError("xdcp: files to copy and where to are missing; see xdcp -h")
    if not given["pull"]:
        return tuple(_absolute(ctx, source) for source in sources), target
    if len(sources) > 1:
        raise UsageError("xdcp -P takes one file, or with -R one folder, at a time")
    if given["sudo"]:
        raise UsageError("xdcp -P does not go with --sudo: use xdsh --sudo cat")
    if not PurePosixPath(sources[0]).name or PurePosixPath(sources[0]).name == "..":
        raise UsageError(f"xdcp -P: {sources[0]} has no name that a copy could have")
    return tuple(sources), _absolute(ctx, target)


def _absolute(ctx: Ctx, name: str) -> str:
    return os.path.normpath(Path(ctx.request.cwd) / name)
