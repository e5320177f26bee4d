"""`rspconfig`: the settings of nodes' controllers: network, accounts, alerts."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.api import Completes, Ctx, Node, Unsupported, Where, command
from xcatd.hardware import Setting, Settings
from xcatd.plugins.hardware.words import refuse

_ACCOUNT = ("userid", "username", "password")
"""In the order in which they are set: which account it is, then its name, then its password."""
_MIXED = "Usage Error: Cannot display and change attributes on the same command"


def _changes(words: Sequence[str]) -> bool:
    return any("=" in word for word in words)


@command(
    "rspconfig",
    fanout=1024,
    timeout=300,
    where=Where.CONTROLLER,
    changes=_changes,
    completes={"words": Completes.NOTHING},
)
async def rspconfig(ctx: Ctx, node: Node, words: tuple[str, ...] = ()) -> None:
    """Show or change settings of nodes' controllers.

    rspconfig noderange WORD ... shows, rspconfig noderange WORD=VALUE ... changes. Which words there are depends on the
    controller: ip, netmask, gateway, vlan and more; docs/hardware.md lists them. `userid=N username=NAME password=TEXT` sets an
    account of the controller. What is changed is read again, and that is what is shown.
    """
    if not words or "" in words:
        await refuse(ctx, node, "options are required", ", see -h or the man page")
        return
    given = dict(sorted(map(_pair, words), key=_order))
    if _changes(words) and not all("=" in word for word in words):
        await refuse(ctx, node, _MIXED)
        return
    settings = ctx.device(node).settings
    known = settings.writable if _changes(words) else settings.readable
    if unknown := [word for word in given if word not in known]:
        await refuse(ctx, node, f"Error: Unsupported command: rspconfig {unknown[0]}")
        return
    if _changes(words):
        settings.announce(given)
    for word, value in given.items():
        await _set(ctx, node, settings, word, value) if _changes(words) else await _show(ctx, node, settings, word)


def _pair(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def _order(pair: tuple[str, str]) -> int:
    """The words of an account in their own order, before the others, which stay as they were typed."""
    return _ACCOUNT.index(pair[0]) if pair[0] in _ACCOUNT else len(_ACCOUNT)


async def _show(ctx: Ctx, node: Node, settings: Settings, word: str) -> None:
    """A word that this controller has no answer to is a failure of its own; the others are shown nevertheless."""
    try:
        await _say(ctx, node, await settings.setting(word))
    except Unsupported as error:
        await ctx.fail(f"{word}: {error}", node=node.name)


async def _set(ctx: Ctx, node: Node, settings: Settings, word: str, value: str) -> None:
    """A secret is not shown again."""
    setting = await settings.change_setting(word, value)
    if word == "userid":
        return
    if word in _ACCOUNT:
        await ctx.say(f"set {word} Done", node=node.name)
    else:
        await _say(ctx, node, setting)


async def _say(ctx: Ctx, node: Node, setting: Setting) -> None:
    if setting.value:
        await ctx.say(setting.value, node=node.name, label=setting.label)
    else:
        await ctx.say(setting.label, node=node.name)
