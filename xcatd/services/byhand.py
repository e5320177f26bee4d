"""A service done now because somebody has typed a command for it, whatever its column says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from xcatd.services.managers import manager_of
from xcatd.services.place import Place
from xcatd.services.service import ALONE, ON, Outcome, Service, Work


class Kept(Protocol):
    """The services that the daemon keeps."""

    def chosen(self, names: Collection[str]) -> Sequence[str]: ...

    async def run(self, name: str, *, dry_run: bool) -> Outcome: ...


async def by_hand(service: Service, place: Place, kept: Kept | None, *, dry_run: bool) -> Outcome:
    """Have whoever keeps the service do it, else do it once. Raises ServiceError and StoreError."""
    if kept is not None and service.wanted(place) != ALONE and service.name in kept.chosen(()):
        return await kept.run(service.name, dry_run=dry_run)
    return await once(service, place, dry_run=dry_run)


async def once(service: Service, place: Place, *, dry_run: bool) -> Outcome:
    """Do it, and leave the server to itself. Raises ServiceError."""
    async with manager_of(place.root) as manager:
        return await service.reconcile(place, ON, Work(manager, dry_run=dry_run))
