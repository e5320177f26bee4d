"""What the words and the variables of a caller ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from xcatd.api import Ctx, UsageError
from xcatd.remote.callers import FANOUT, believed, fanout_of, heeded, silence_of, user_of
from xcatd.remote.sshwords import read_ssh_words

PASSWORD = "DSH_REMOTE_PASSWORD"  # noqa: S105 - the name of a variable
SYNTAXES = ("csh", "ksh")


@dataclass(frozen=True, slots=True)
class Wish:
    """`fanout`: nodes at once. `user`: as whom on the nodes. `silence`: seconds without a word after which a node is given up;
    `patience`: seconds for a login, 0 as usual. `port` 0: as root's ssh configuration says. `syntax`: of root's shell there."""

    words: tuple[str, ...]
    user: str
    fanout: int = FANOUT
    silence: float | None = None
    patience: int = 0
    port: int = 0
    execute: bool = False
    environment: str = ""
    sudo: bool = False
    stream: bool = False
    silent: bool = False
    verify: bool = False
    exit_status: bool = False
    node_status: bool = False
    monitor: bool = False
    trace: bool = False
    cleanup: bool = False
    setup: bool = False
    device: str = ""
    syntax: str = ""


def read_wish(ctx: Ctx, arguments: Mapping[str, Any]) -> Wish:
    """What is wanted. `arguments` are those of the command `xdsh`. Variables that change what is run, or where, count for root
    only: the policy sees words, and no variables. This release's client makes options of them. Raises UsageError."""
    given = dict(arguments)
    caller = ctx.request.caller.name
    env = heeded("xdsh", dict(ctx.request.env), given.pop("ignore_env"))
    own = believed(env, caller)
    _refuse(given.pop("image"), given.pop("bypass"), given.pop("signals"))
    del given["no_locale"]  # the locale of the caller never goes to nodes
    _check_shell(given.pop("shell"), env)
    typed = given.pop("options")
    ssh = read_ssh_words(
        typed or own.get("DSH_NODE_OPTS", ""), "xdsh -o" if typed else "xdsh: the variable DSH_NODE_OPTS"
    )
    given["fanout"] = fanout_of("xdsh", given["fanout"], env)
    given["silence"] = silence_of("xdsh", given.pop("timeout"), env)
    given["user"] = user_of("xdsh", given["user"], env, caller)
    given["verify"] = given["verify"] or bool(env.get("DSH_VERIFY"))
    given["syntax"] = given["syntax"] or env.get("DSH_SYNTAX", "")
    given["environment"] = given["environment"] or own.get("DSH_ENVIRONMENT", "")
    given["device"] = given["device"] or own.get("DEVICETYPE", "")
    wish = Wish(port=ssh.port, patience=ssh.patience, **given)
    _check(wish)
    return wish


def _refuse(image: str, bypass: bool, signals: str) -> None:
    if image:
        raise UsageError(
            "xdsh -i runs where it is typed: use this release's client, on the host that has the image, without a noderange"
        )
    if bypass:
        raise UsageError("xdsh -B: commands run only in the daemon: leave -B out, or use psh")
    if signals:
        raise UsageError(
            "xdsh -I: Ctrl-C always ends the commands; start those that shall go on with setsid(1) or nohup(1)"
        )


def _check_shell(typed: str, env: Mapping[str, str]) -> None:
    shell = typed or env.get("DSH_NODE_RSH", "")
    if shell and PurePosixPath(shell).name != "ssh":
        given_by = "xdsh -r" if typed else "xdsh: the variable DSH_NODE_RSH"
        raise UsageError(f"{given_by} names {shell}, but nodes are reached by SSH only: leave it out")


def _check(wish: Wish) -> None:
    alone = [flag for flag, given in (("-K", wish.setup), ("-c", wish.cleanup)) if given]
    if len(alone) > 1 or (alone and (wish.words or wish.execute)):
        raise UsageError(f"xdsh {alone[0]} stands alone, without a command")
    if not alone and not any(word.strip() for word in wish.words):
        raise UsageError("xdsh: the command is missing; see xdsh -h")
    if wish.syntax not in ("", *SYNTAXES):
        raise UsageError(f"xdsh: the syntax of a shell is {' or '.join(SYNTAXES)}, not {wish.syntax!r}")
    if wish.device and (wish.execute or wish.sudo or wish.environment or wish.cleanup):
        raise UsageError("xdsh --devicetype sends a command as it is: a switch takes no script and no variables")
