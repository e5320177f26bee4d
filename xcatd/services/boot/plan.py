"""From what is wished of nodes to what each of them gets: its state in the tables, and what its loader shall boot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from xcatd.errors import NotFound, UsageError, XcatError
from xcatd.objects import world_of
from xcatd.services.boot.action import IMAGES, METHODS, Action, Kind, Step, chain_items, next_of, read_action
from xcatd.services.boot.arguments import Site, of_genesis, of_image
from xcatd.services.boot.image import Image, image_named, usual_name
from xcatd.services.boot.kernels import Kernel, genesis, has_genesis, kernel_of
from xcatd.services.boot.machine import Machine
from xcatd.services.statelite.booting import Lite, lite_of
from xcatd.store import Change, Put, Snapshot

NEXT, ENACT = "next", "enact"
"""Words about the chain: take its next step, or set again what is set."""
_GENESIS: Final = (Kind.SHELL, Kind.STANDBY, Kind.SHUTDOWN, Kind.RUNCMD, Kind.RUNIMAGE)
LOADERS: Final = ("xnba", "grub2", "petitboot")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SERVER: Final = re.compile(r"[A-Za-z0-9._:%-]*")
_MAC: Final = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5,19}", re.ASCII)
_T = TypeVar("_T")
Wish = Callable[[Machine], Action]
"""What is wished of a node. Raises XcatError where that makes no sense."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one node gets. `state`: as `nodeset` says it. `image` is None where none is concerned, `kernel` as well."""

    machine: Machine
    step: Step
    state: str
    rest: str
    image: Image | None = None
    kernel: Kernel | None = None
    loaded: tuple[str, str] = ("", "")
    arguments: str = ""
    trees: str = ""
    """The list of folders that it fetches (table litetree)."""
    forgets: bool = False
    """Its nodetype.provmethod goes: it boots from its disk, and the image is none that was installed there."""

    @property
    def offline(self) -> bool:
        return self.step.kind is Kind.OFFLINE

    def changes(self) -> Iterator[Change]:
        """What the tables say of it afterwards, as far as they do not say so now."""
        machine = self.machine
        chain = {"currstate": self.state, "currchain": self.rest}
        yield from _put(machine, "chain", chain, {"currstate": machine.currstate, "currchain": machine.currchain})
        boot = {"kernel": self.loaded[0], "initrd": self.loaded[1], "kcmdline": self.arguments}
        yield from _put(
            machine,
            "bootparams",
            boot,
            {"kernel": machine.kernel, "initrd": machine.initrd, "kcmdline": machine.kcmdline},
        )
        if self.image is not None:
            one = self.image
            system = {"provmethod": one.name, "os": one.os, "arch": one.arch, "profile": one.profile}
            old = {"provmethod": machine.provmethod, "os": machine.os, "arch": machine.arch, "profile": machine.profile}
            yield from _put(machine, "nodetype", system, old)
        elif self.forgets:
            yield from _put(machine, "nodetype", {"provmethod": ""}, {"provmethod": machine.provmethod})


@dataclass(slots=True)
class Planner:
    """Works out plans, images once for all nodes. `root`: the folder below which files are. It
    looks at files: use it in a thread."""

    snapshot: Snapshot
    site: Site
    root: Path
    tftpdir: Path
    wish: Wish
    _images: dict[str, Image | XcatError] = field(default_factory=dict)
    _kernels: dict[str, Kernel | XcatError] = field(default_factory=dict)
    _genesis: dict[str, XcatError | None] = field(default_factory=dict)
    _lites: dict[str, Lite | XcatError] = field(default_factory=dict)

    def plan(self, machines: Sequence[Machine]) -> Mapping[str, Plan | XcatError]:
        """The plan of each node, or why there is none."""
        return {machine.node: _tried(lambda machine=machine: self._plan(machine)) for machine in machines}  # type: ignore[misc]

    def _plan(self, machine: Machine) -> Plan:
        action = self.wish(machine)
        _check(machine, action.step.kind)
        kind = action.step.kind
        if kind in IMAGES:
            return self._of_image(machine, action)
        if kind in _GENESIS:
            return self._of_genesis(machine, action)
        is_boot = kind is Kind.BOOT
        rest = action.rest or (Kind.BOOT if is_boot else "")
        return Plan(machine, action.step, action.step.text, rest, forgets=is_boot and not self._is_installed(machine))

    def _is_installed(self, machine: Machine) -> bool:
        """Whether its image is one that is on its disk. An image that there is not may be anything."""
        try:
            return not machine.provmethod or self._image(machine.provmethod).method == Kind.INSTALL
        except XcatError:
            return True

    def _of_image(self, machine: Machine, action: Action) -> Plan:
        image = self._image(_image_name(machine, action.step))
        _fits(machine, image)
        kernel = self._kernel(image)
        rest = action.rest or (Kind.BOOT if image.method == "install" else f"{Kind.OSIMAGE}={image.name}")
        trees = self._trees(image, machine)
        words = of_image(image, machine, self.site, kernel.root, has_trees=bool(trees))
        return Plan(machine, action.step, image.state, rest, image, kernel, kernel.placed, words, trees)

    def _trees(self, image: Image, machine: Machine) -> str:
        if image.method != Kind.STATELITE:
            return ""
        world = world_of(self.snapshot)
        lite = _remembered(self._lites, image.name, lambda: lite_of(self.snapshot, image.name))
        lite.check_state(world, machine.node, machine.statemnt, machine.mntopts)
        return lite.list_for(world, machine.node)

    def _of_genesis(self, machine: Machine, action: Action) -> Plan:
        arch = "ppc64" if machine.arch.startswith("ppc64") else machine.arch or "x86_64"
        _remembered(self._genesis, arch, lambda: has_genesis(self.tftpdir, arch))
        words = of_genesis(action.step, machine, self.site)
        return Plan(machine, action.step, action.step.text, action.rest, None, None, genesis(arch), words)

    def _image(self, name: str) -> Image:
        return _remembered(self._images, name, lambda: image_named(self.snapshot, name))

    def _kernel(self, image: Image) -> Kernel:
        return _remembered(self._kernels, image.name, lambda: kernel_of(image, self.root))


def wish_of(text: str, snapshot: Snapshot) -> Wish:
    """What the word behind the noderange wishes. Raises UsageError, or NotFound for an image that there is not."""
    if text == NEXT:
        return _next
    if text == ENACT:
        return _again
    action = read_action(text)
    for step in (action.step, *(read_action(item).step for item in chain_items(action.rest))):
        if step.kind is Kind.OSIMAGE and step.value:
            image_named(snapshot, step.value)
    return lambda machine: action


def _next(machine: Machine) -> Action:
    item, rest = next_of(machine.currchain, machine.chain)
    if not item:
        raise NotFound("There is no next step: chain.currchain and chain.chain are not set")
    action = read_action(item)
    # The last step stays in the chain: a node that has done it waits, unless it boots from its disk.
    if rest == item == machine.currstate and action.step.kind is not Kind.BOOT:
        return Action(Step(Kind.STANDBY), rest)
    return Action(action.step, rest)


def _again(machine: Machine) -> Action:
    word = machine.currstate.partition(" ")[0]
    if not word:
        raise NotFound("chain.currstate is not set: say what the node shall do, such as osimage=NAME")
    if word in METHODS and " " in machine.currstate:
        return Action(Step(Kind.OSIMAGE, machine.provmethod), machine.currchain)
    return Action(read_action(machine.currstate).step, machine.currchain)


def _image_name(machine: Machine, step: Step) -> str:
    if step.kind is not Kind.OSIMAGE:
        return usual_name(step.kind, step.value, machine.os, machine.arch, machine.profile)
    if not (step.value or machine.provmethod):
        raise NotFound("nodetype.provmethod is not set: type osimage=NAME")
    return step.value or machine.provmethod


def _check(machine: Machine, kind: Kind) -> None:
    """What every node needs in the tables. Raises UsageError or NotFound."""
    if not _NAME.fullmatch(machine.node):
        raise UsageError(f"{machine.node!r} cannot be a part of a file's name")
    if kind is Kind.OFFLINE:
        return
    if loader_of(machine) not in LOADERS:
        said = f"is {machine.netboot}" if machine.netboot else "is not set"
        raise UsageError(f"noderes.netboot {said}: set it to one of {', '.join(LOADERS)}")
    if not machine.mac:
        raise NotFound("No MAC address available for this node: set mac.mac, or run getmacs")
    if not _MAC.fullmatch(machine.mac):
        raise UsageError(f"mac.mac has {machine.mac!r}, which is no MAC address: correct it, or run getmacs")
    for column in ("xcatmaster", "tftpserver", "nfsserver"):
        if not _SERVER.fullmatch(getattr(machine, column)):
            raise UsageError(f"noderes.{column} is {getattr(machine, column)!r}: set it to a name or an address")


def _fits(machine: Machine, image: Image) -> None:
    """A node whose arch is known boots images of that arch; ppc64 and ppc64le count as one. Raises UsageError."""
    arches = {"ppc64" if arch.startswith("ppc64") else arch for arch in (machine.arch, image.arch) if arch}
    if len(arches) > 1:
        raise UsageError(f"The osimage {image.name} is for {image.arch}, and nodetype.arch is {machine.arch}")


def loader_of(machine: Machine) -> str:
    """The kind of loader by noderes.netboot: grub2-http and grub2-tftp are grub2."""
    return "grub2" if machine.netboot in ("grub2-http", "grub2-tftp") else machine.netboot


def _put(machine: Machine, table: str, wanted: Mapping[str, str], old: Mapping[str, str]) -> Iterator[Change]:
    differs = {column: text or None for column, text in wanted.items() if text != old[column]}
    if differs:
        yield Put(table, {"node": machine.node}, differs)


def _tried(work: Callable[[], Plan]) -> Plan | XcatError:
    try:
        return work()
    except XcatError as error:
        return error


def _remembered(known: dict[str, _T | XcatError], name: str, find: Callable[[], _T]) -> _T:
    """What was found for the first node that asked, be it an error."""
    if name not in known:
        try:
            known[name] = find()
        except XcatError as error:
            known[name] = error
    found = known[name]
    if isinstance(found, XcatError):
        raise found.with_traceback(None)
    return found
