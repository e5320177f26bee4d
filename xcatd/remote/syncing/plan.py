"""What the synclists of a node mean for it: which files of this host go where, and which scripts may run. It reads the disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xcatd.errors import BadNoderange
from xcatd.noderange import expand
from xcatd.objects import World
from xcatd.remote.syncing.reading import Item, Reader, filled
from xcatd.remote.syncing.sides import Lists, Shelf
from xcatd.remote.syncing.synclist import Entry, Script, Synclist
from xcatd.services.postscripts.lists import image_of, variables_of


@dataclass(frozen=True, slots=True)
class Plan:
    """For a node: what is copied, what becomes a part of a file, and scripts: those whose file may change, and those that run
    each time. Equal plans are one."""

    files: tuple[Item, ...] = ()
    appended: tuple[Item, ...] = ()
    merged: tuple[Item, ...] = ()
    after: tuple[Item, ...] = ()
    always: tuple[Item, ...] = ()


@dataclass(slots=True)
class Planner:
    """Makes plans. Lists are read once, and nodes with the same lists, variables and noderanges have the same plan. All methods
    block: call them in a thread."""

    world: World
    shelf: Shelf
    _reader: Reader = field(init=False)
    _nodes: dict[str, frozenset[str]] = field(default_factory=dict)
    _plans: dict[object, Plan] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reader = Reader(self.shelf)

    def plan(self, node: str, paths: Sequence[Path]) -> Plan:
        """The plan of a node with these lists. Raises ServiceError, which names the list and its line."""
        variables = environment_of(self.world, node)
        lists = [self._reader.read(path) for path in paths]
        chosen = tuple(self._is_for(node, entry) for one in lists for entry in _entries(one))
        key = (tuple(paths), tuple(variables.items()), chosen)
        if key not in self._plans:
            self._plans[key] = self._made(node, lists, variables)
        return self._plans[key]

    def sources(self, lists: Lists) -> Sequence[Path]:
        """All files that bringing these lists needs, the lists among them, by their names on the management node: what service
        nodes must have. Raises ServiceError, which names the list and its line."""
        found: dict[Path, None] = {}
        seen: set[object] = set()
        for node, paths in lists.items():
            variables = environment_of(self.world, node)
            key = (tuple(paths), tuple(variables.items()))
            if key not in seen:
                seen.add(key)
                for path in paths:
                    found[path] = None
                    found |= dict.fromkeys(map(Path, self._named(self._reader.read(path), variables)))
        return tuple(found)

    def _named(self, one: Synclist, variables: Mapping[str, str]) -> Iterator[str]:
        for entry in _entries(one):
            for source in filled(entry.sources, variables, entry.place):
                yield from (item.named for item in self._reader.found(source, entry.place))
        for script in (*one.after, *one.always):
            yield self._reader.script(script, variables).named

    def _made(self, node: str, lists: Iterable[Synclist], variables: Mapping[str, str]) -> Plan:
        files: list[Item] = []
        appended: list[Item] = []
        merged: list[Item] = []
        after: list[Item] = []
        always: list[Item] = []
        for one in lists:
            files += self._items(node, one.files, variables)
            appended += self._items(node, one.appended, variables)
            merged += self._items(node, one.merged, variables)
            after += (self._reader.script(script, variables) for script in one.after)
            always += (self._reader.script(script, variables) for script in one.always if self._runs(node, script, one))
        return Plan(tuple(files), tuple(appended), tuple(merged), tuple(after), tuple(always))

    def _items(self, node: str, entries: Iterable[Entry], variables: Mapping[str, str]) -> Iterator[Item]:
        for entry in entries:
            if self._is_for(node, entry):
                yield from self._reader.items(entry, variables)

    def _runs(self, node: str, script: Script, one: Synclist) -> bool:
        """A script that lines of the list bring to some nodes only runs on these only."""
        lines = [entry for entry in one.files if script.path in entry.sources]
        return not lines or any(self._is_for(node, entry) for entry in lines)

    def _is_for(self, node: str, entry: Entry) -> bool:
        if not entry.noderange:
            return True
        if entry.noderange not in self._nodes:
            try:
                found = expand(entry.noderange, self.world)
            except BadNoderange as error:
                raise entry.place.wrong(str(error)) from None
            if found.missing:
                raise entry.place.wrong(f"there is no node or group {','.join(found.missing)}")
            self._nodes[entry.noderange] = frozenset(found.nodes)
        return node in self._nodes[entry.noderange]


def planned_for_image(lists: Sequence[Path], variables: Mapping[str, str], shelf: Shelf) -> Sequence[Item]:
    """What goes into an image: the files that all nodes get. It blocks. Raises ServiceError, which names the list and its line."""
    reader = Reader(shelf)
    entries = [entry for path in lists for entry in reader.read(path).files if not entry.noderange]
    return [item for entry in entries for item in reader.items(entry, variables)]


def environment_of(world: World, node: str) -> Mapping[str, str]:
    """What paths of lists may name with `$`: osimage.environvar of the node's image."""
    image = image_of(world, node) if world.has_node(node) else None
    return {} if image is None else variables_of(image)


def _entries(one: Synclist) -> Iterator[Entry]:
    yield from one.files
    yield from one.appended
    yield from one.merged
