"""What the words and the variables of a caller ask for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xcatd.api import Ctx, UsageError

FANOUT = 64
_MOST = 4096
"""Nodes at once: each has a socket, of which a daemon may have some thousands."""
PASSWORD = "DSH_REMOTE_PASSWORD"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class Wish:
    """`fanout`: nodes at once. `user`: as whom on the nodes. `silence`: seconds without a word after which a node is given up."""

    words: tuple[str, ...]
    user: str
    fanout: int = FANOUT
    silence: float | None = None
    execute: bool = False
    environment: str = ""
    sudo: bool = False
    stream: bool = False
    silent: bool = False
    verify: bool = False
    exit_status: bool = False
    cleanup: bool = False
    setup: bool = False
    device: str = ""


def read_wish(ctx: Ctx, arguments: Mapping[str, Any]) -> Wish:
    """What is wanted. `arguments` are those of the command `xdsh`. Raises UsageError."""
    given = dict(arguments)
    env = {} if given.pop("ignore_env") else dict(ctx.request.env)
    if given.pop("image"):
        raise UsageError(
            "xdsh -i runs nothing here: use chroot in the folder of the image, as lsdef -t osimage shows it"
        )
    del given["no_locale"]  # the locale of the caller never goes to nodes
    fanout = given.pop("fanout") or _number("DSH_FANOUT", env.get("DSH_FANOUT", "")) or FANOUT
    silence = given.pop("timeout") or _number("DSH_TIMEOUT", env.get("DSH_TIMEOUT", "")) or None
    if not 1 <= fanout <= _MOST:
        raise UsageError(f"xdsh: the fanout is a number from 1 to {_MOST}, not {fanout:g}")
    if silence is not None and not 0 < silence < math.inf:
        raise UsageError(f"xdsh -t takes seconds, more than none, not {silence:g}")
    given["environment"] = given["environment"] or env.get("DSH_ENVIRONMENT", "")
    user = given.pop("user") or _default_user(ctx, env)
    wish = Wish(fanout=int(fanout), silence=silence, user=user, **given)
    _check(wish)
    return wish


def _default_user(ctx: Ctx, env: Mapping[str, str]) -> str:
    """As with xCAT the caller's own name. The variable that gives another counts for root alone: the policy sees words, and no
    variables."""
    caller = ctx.request.caller.name
    if not caller:
        raise UsageError("xdsh: without a certificate you have no name: say with -l as whom on the nodes")
    return (env.get("DSH_TO_USERID") if caller == "root" else None) or caller


def _number(name: str, text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        raise UsageError(f"xdsh: the variable {name} is {text!r}, which is no number") from None


def _check(wish: Wish) -> None:
    alone = [flag for flag, given in (("-K", wish.setup), ("-c", wish.cleanup)) if given]
    if len(alone) > 1 or (alone and (wish.words or wish.execute)):
        raise UsageError(f"xdsh {alone[0]} stands alone, without a command")
    if not alone and not any(word.strip() for word in wish.words):
        raise UsageError("xdsh: the command is missing; see xdsh -h")
    if wish.device and (wish.execute or wish.setup or wish.sudo or wish.environment or wish.cleanup):
        raise UsageError(
            "xdsh --devicetype sends a command as it is: a switch takes no script, no keys and no variables"
        )
