"""The question before the power of very many nodes changes."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.api import Ctx, UsageError
from xcatd.plugins.power.numbers import site_number

LIMIT = "powerconfirm"
"""The site attribute: up to so many nodes nobody is asked. Unset: never."""


async def confirmed(ctx: Ctx, action: str, nodes: Sequence[str], *, yes: bool) -> None:
    """Returns when it is meant. Raises UsageError when somebody at a terminal says that it is not.

    Scripts are not asked: nobody would answer.
    """
    limit = site_number(ctx, LIMIT)
    if yes or limit is None or len(nodes) <= limit:
        return
    question = (
        f"rpower {action} is for {len(nodes)} nodes, more than site.{LIMIT} ({limit:g}). Type yes and Enter to go on:"
    )
    answer = await ctx.ask(question)
    if answer is not None and answer.lower() not in ("y", "yes"):
        raise UsageError("rpower: not confirmed, so nothing was changed; --yes goes on without a question")
