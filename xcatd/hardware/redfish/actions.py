"""The actions that a resource offers, and the values that they take (Redfish specification DSP0266, 9.8)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from xcatd.errors import Unsupported
from xcatd.hardware.redfish.fields import Resource
from xcatd.hardware.redfish.places import Places


@dataclass(frozen=True, slots=True)
class Action:
    """`path` is where it is posted; `allowed` the values of its parameter, empty when the service does not say."""

    path: str
    allowed: tuple[str, ...]

    def choose(self, wanted: Collection[str]) -> str:
        """The first of `wanted` that is allowed; "" when none is."""
        return next((value for value in wanted if not self.allowed or value in self.allowed), "")


async def action_of(places: Places, resource: Resource, name: str, parameter: str = "") -> Action:
    """The action "Schema.Name" of a resource. Unsupported: it has none."""
    action = resource.fields.part("Actions", f"#{name}")
    path = action.text("target")
    if not path:
        raise Unsupported(f"the BMC at {places.place} does not offer {name}: it cannot do this")
    allowed = action.allowed(parameter)
    if not allowed and parameter:
        allowed = await _from_info(places, action.text("@Redfish.ActionInfo"), parameter)
    return Action(path, allowed)


async def _from_info(places: Places, path: str, parameter: str) -> tuple[str, ...]:
    info = await places.controller.find(path)
    parameters = info.fields.parts("Parameters") if info is not None else []
    return next((found.texts("AllowableValues") for found in parameters if found.text("Name") == parameter), ())
