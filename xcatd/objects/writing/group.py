"""Groups: what their members inherit, who the members are, and which conditions make the members of dynamic ones."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.errors import BadNoderange
from xcatd.noderange import expand
from xcatd.objects.attributes import ObjectType
from xcatd.objects.dynamic import conditions_of
from xcatd.objects.rules import BadRule
from xcatd.objects.world import World
from xcatd.objects.writing.given import Given, read_given
from xcatd.objects.writing.groups import Memberships
from xcatd.objects.writing.lists import WHERE, delimiter_of, items, with_items, without_items
from xcatd.objects.writing.mapped import MappedWriter, Wishes
from xcatd.objects.writing.outcome import Mode, Outcome
from xcatd.objects.writing.removal import Removal

_OF_DYNAMIC = {"grouptype", "members", "membergroups", WHERE, "usercomment"}
"""The attributes that a dynamic group may have."""


class GroupWriter:
    """Works out the changes for groups. Members are kept at the nodes, in nodelist.groups."""

    def __init__(
        self, world: World, kind: ObjectType, mode: Mode, outcome: Outcome, memberships: Memberships, *, replace: bool
    ) -> None:
        self._world = world
        self._kind = kind
        self._mode = mode
        self._outcome = outcome
        self._memberships = memberships
        self._replace = replace
        self._removal = Removal(world, kind)
        self._mapped = MappedWriter(world, kind, mode, outcome, memberships, replace=False)

    def take(self, wishes: Wishes) -> None:
        """Work out what these groups get."""
        for name, attributes in wishes:
            given = read_given(self._kind, attributes, self._mode, self._outcome)
            if given is not None:
                self._take(name, given)

    def _take(self, name: str, given: Given) -> None:
        new = not self._world.has_group(name)
        stored = not new and not self._replace
        problem = self._problem(name, new=new)
        dynamic = self._is_dynamic(name, given, stored=stored)
        problem = problem or (self._problem_of_dynamic(name, given, stored=stored) if dynamic else "")
        if problem:
            self._outcome.refuse(*problem.split("\n"))
            return
        if self._replace and not new:
            self._outcome.changes += self._removal.of([name])
        own = self._dynamic(name, given, stored=stored) if dynamic else self._static(name, given, stored=stored)
        rest = Given({key: text for key, text in given.texts.items() if key not in {"members", *own}}, given.nics)
        texts = self._mapped.edited(name, rest, stored=stored)
        if texts is not None or own or "members" in given.texts:
            self._mapped.write([name], {**(texts or {}), **own}, stored=stored, new=new)

    def _problem(self, name: str, *, new: bool) -> str:
        if self._memberships.knows(name):
            return f"'{name}' is the name of a node: choose another name for the group."
        if new and self._mode == "remove":
            return f"The '-m' option is not valid since the '{name}' definition does not exist."
        return ""

    def _is_dynamic(self, name: str, given: Given, *, stored: bool) -> bool:
        grouptype = given.texts.get("grouptype") or (self._stored(name, "grouptype") if stored else "")
        return grouptype == "dynamic"

    def _problem_of_dynamic(self, name: str, given: Given, *, stored: bool) -> str:
        if given.nics or not _OF_DYNAMIC.issuperset(given.texts):
            return f"Can not assign attributes to dynamic node group '{name}'."
        where = self._where(name, given, stored=stored)
        if not where:
            return (
                f"The 'where' attributes and values were not provided for dynamic group '{name}'.\n"
                "Skipping to the next group."
            )
        try:
            conditions_of(where, self._world.types["node"])
        except BadRule as error:
            return f"Cannot define the dynamic group '{name}': {error}"
        return ""

    def _dynamic(self, name: str, given: Given, *, stored: bool) -> dict[str, str]:
        """Its conditions decide on the members; a list of them has no meaning."""
        where = self._where(name, given, stored=stored)
        return {"grouptype": "dynamic", "members": "dynamic", WHERE: where}

    def _where(self, name: str, given: Given, *, stored: bool) -> str:
        before = self._stored(name, WHERE) if stored else ""
        text = given.texts.get(WHERE)
        if text is None or self._mode == "set":
            return before if text is None else text
        edit = with_items if self._mode == "append" else without_items
        return edit(before, text, delimiter_of(WHERE))

    def _static(self, name: str, given: Given, *, stored: bool) -> dict[str, str]:
        """A list of members in which there is no node leaves the members as they are."""
        own = {} if stored else {"grouptype": given.texts.get("grouptype") or "static"}
        text = given.texts.get("members")
        if text is None:
            return {**own, "members": "static"} if self._stored(name, "members") == "dynamic" else own
        nodes = self._nodes(text)
        if nodes or not text:
            self._set_members(name, nodes, stored=stored)
        return own if self._mode == "remove" else {**own, "members": "static" if text else ""}

    def _nodes(self, text: str) -> Sequence[str]:
        """The nodes of a noderange; names that are none are reported and left out."""
        listed = items(text)
        if all(map(self._memberships.knows, listed)):
            return listed
        try:
            expanded = expand(text, self._world, unknown=True)
        except BadNoderange as error:
            self._outcome.complain(str(error))
            return ()
        for name in expanded.missing:
            if not self._memberships.knows(name):
                self._outcome.complain(f"Could not find a node named '{name}', skipping to the next node.")
        return [*expanded.nodes, *(name for name in expanded.missing if self._memberships.knows(name))]

    def _set_members(self, name: str, nodes: Sequence[str], *, stored: bool) -> None:
        if self._mode == "remove":
            for node in nodes:
                if not self._memberships.remove(node, name):
                    self._outcome.complain(f"{node} is not a member of '{name}'.")
            return
        if self._mode == "set" and stored:
            staying = set(nodes)
            for node in self._world.members(name) or ():
                if node not in staying:
                    self._memberships.remove(node, name)
        for node in nodes:
            self._memberships.add(node, name)

    def _stored(self, name: str, column: str) -> str:
        rows = self._world.snapshot.table("nodegroup").find(name)
        return rows[0][column] if rows else ""
