"""The sentence for a cell without a value."""

from __future__ import annotations

from xcatd.objects.world import World


def unset(world: World, node: str, table: str, column: str, what: str, remedy: str) -> str:
    """That it has none and what to do; a rule that went wrong is the better explanation."""
    problem = world.problem(node, table, column)
    return problem or f"{node} has no {what} in {table}.{column}: set one with {remedy}."
