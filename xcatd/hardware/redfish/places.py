"""Where the things of one node are in a service: its system, its chassis, its manager, and the members of collections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from xcatd.errors import NodeError, Unsupported
from xcatd.hardware.redfish.controller import Controller
from xcatd.hardware.redfish.fields import Fields, Resource
from xcatd.hardware.redfish.quirks import NO_NODES

MOST = 10_000
"""Members of one collection that are read; an event log may have some thousands."""
_EXPAND = "?$expand=.($levels=1)"
_NAMED = 5
"""Systems that a sentence names."""

T = TypeVar("T")


class Places:
    """For one operation. `path` is the node's system, "" when the service has only one."""

    def __init__(self, controller: Controller, path: str) -> None:
        self.controller = controller
        self._path = path

    async def system(self) -> Resource:
        """The ComputerSystem. NodeError: there is none, or one of several should be named."""
        path = self._path or self.controller.system
        found = await self.controller.find(path)
        if found is None and self._path:
            raise NodeError(f"{self.place} has no {self._path}: correct the path in openbmc.bmc")
        if found is None:
            self.controller.system = path = await self._only_system()
            found = await self.controller.get(path)
        return Resource(found.fields.text("@odata.id") or found.path, found.fields, found.etag)

    async def chassis(self, system: Resource) -> list[Resource]:
        """The chassis that the system is in; when it does not say, all that there are."""
        paths = system.fields.links("Links", "Chassis")
        if not paths:
            paths = await self._paths((await self.controller.root()).fields.link("Chassis"))
        return await self.all_of(paths)

    async def manager(self, system: Resource | None = None) -> Resource:
        """The Manager of the system: the BMC. Unsupported: there is none."""
        found = await self.find_manager(system or await self.system())
        if found is None:
            raise Unsupported(f"{self.place} tells nothing about its own manager: it cannot do this")
        return found

    async def find_manager(self, system: Resource) -> Resource | None:
        """The same; None when there is none."""
        links = system.fields.links("Links", "ManagedBy")
        path = next(iter(links or await self._paths((await self.controller.root()).fields.link("Managers"))), "")
        return await self.controller.find(path)

    async def members(self, path: str) -> list[Resource]:
        """The members of a collection, in its order; none when there is no such collection."""
        members: list[Fields] = []
        seen = set()
        path = await self._expanded(path)
        while path:
            if path in seen:
                raise NodeError(f"{self.place} has a list whose pages go in circles ({path}): update or reset the BMC")
            seen.add(path)
            page = await self.controller.find(path)
            if page is None:
                break
            members.extend(page.fields.parts("Members"))
            if len(members) > MOST:
                raise NodeError(f"{self.place} has more than {MOST} entries in {path}: clear it on the BMC")
            path = page.fields.text("Members@odata.nextLink")
        return [found for found in await side_by_side(self._member(member) for member in members) if found is not None]

    async def all_of(self, paths: Iterable[str]) -> list[Resource]:
        """What is at these paths; without those where nothing is."""
        return [found for found in await side_by_side(map(self.controller.find, paths)) if found is not None]

    @property
    def place(self) -> str:
        return self.controller.endpoint.place

    async def _member(self, member: Fields) -> Resource | None:
        path = member.link()
        if len(member.data) > 1:
            return Resource(path, member, member.text("@odata.etag"))
        return await self.controller.find(path)

    async def _expanded(self, path: str) -> str:
        """The path with a wish for whole members instead of links, when the service can fulfil it."""
        expand = (await self.controller.root()).fields.part("ProtocolFeaturesSupported", "ExpandQuery")
        if path and "?" not in path and expand.flag("NoLinks") and expand.flag("Levels"):
            return path + _EXPAND
        return path

    async def _paths(self, collection: str) -> list[str]:
        found = await self.controller.find(collection)
        return found.fields.links("Members") if found is not None else []

    async def _only_system(self) -> str:
        every = await self._paths((await self.controller.root()).fields.link("Systems"))
        paths = [path for path in every if path.rstrip("/").rpartition("/")[2] not in NO_NODES]
        if len(paths) == 1:
            return paths[0]
        if not paths:
            raise NodeError(f"{self.place} has no system: check that openbmc.bmc names the BMC of a node")
        names = ", ".join(paths[:_NAMED]) + (", ..." if len(paths) > _NAMED else "")
        raise NodeError(
            f"{self.place} has {len(paths)} systems ({names}): say which one is the node's with "
            f"openbmc.bmc={self.place}{paths[0]}"
        )


@dataclass(frozen=True, slots=True)
class Machine:
    """One node. `controller` gives its service, each time anew: the driver may have forgotten it."""

    controller: Callable[[], Controller]
    path: str

    async def ask(self, timeout: float, work: Callable[[Places], Coroutine[Any, Any, T]]) -> T:
        """The result of `work`, within `timeout` seconds; its troubles as errors of ours."""
        controller = self.controller()
        return await controller.within(timeout, work(Places(controller, self.path)))


async def side_by_side(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results in order. The first that fails ends the others, and is raised."""
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(each) for each in work]
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
    return [each.result() for each in running]
