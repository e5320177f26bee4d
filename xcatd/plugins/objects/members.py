"""What -d and -w mean for groups: conditions that decide on the members from now on, or that choose them now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xcatd.api import UsageError
from xcatd.objects import World, read_objects
from xcatd.plugins.objects.where import Condition, passing, read_condition

_WHERE = "wherevals"


@dataclass(frozen=True, slots=True)
class Choice:
    """The options. `where` are the conditions as they were typed, `keeps`: a static group remembers them."""

    dynamic: bool
    where: tuple[str, ...]
    keeps: bool

    def check(self, world: World, kind: str) -> None:
        """Raises UsageError for options that do not go together, and conditions that cannot be read."""
        if not (self.dynamic or self.where):
            return
        if kind != "group":
            raise UsageError("The options -d and -w choose the members of groups: use them with -t group.")
        for text in self.where:
            condition = read_condition(text)
            if condition.attribute not in world.types["node"].names:
                raise UsageError(
                    f"Incorrect attribute '{condition.attribute}' in the selection string specified with -w flag."
                )


@dataclass(slots=True)
class Chosen:
    """What a group is to get, or why it gets nothing. `is_open`: nothing says who its members are."""

    attributes: Mapping[str, str]
    error: str = ""
    is_open: bool = False


def choose(world: World, name: str, given: Mapping[str, str], choice: Choice, *, stored: bool) -> Chosen:
    """Work the options into what a group gets. `stored`: what it is already counts."""
    old = world.snapshot.table("nodegroup").find(name) if stored else ()
    grouptype = given.get("grouptype") or ("dynamic" if choice.dynamic else old[0]["grouptype"] if old else "")
    where = "::".join(choice.where)
    if grouptype == "dynamic":
        made = {"grouptype": "dynamic", **given}
        return Chosen({**made, _WHERE: where} if where and not given.get(_WHERE) else made)
    if where and given.get("members"):
        return Chosen({}, "Cannot use a list of members together with the '-w' option.")
    if "members" not in given and (where or given.get(_WHERE)):
        where = where or given[_WHERE]
        conditions = [read_condition(text) for text in where.split("::")]
        members = ",".join(_meeting(world, conditions))
        return Chosen({**given, "members": members, **({_WHERE: where} if choice.keeps else {})})
    return Chosen(given, is_open=not given.get("members"))


def _meeting(world: World, conditions: Sequence[Condition]) -> list[str]:
    """The nodes that meet all conditions."""
    attributes = {condition.attribute for condition in conditions}
    return passing(read_objects(world, "node", world.nodes(), attributes, defaults=False), conditions, "node")
