"""`mkdef --template`: what a new object does not get by name it takes from a template, or from an object that exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xcatd.api import UsageError
from xcatd.objects import World, exists, read_object
from xcatd.plugins.objects.templates import MANDATORY, OPTIONAL, TEMPLATES

_PASSING = (
    "appstatus",
    "appstatustime",
    "currchain",
    "currstate",
    "status",
    "statustime",
    "updatestatus",
    "updatestatustime",
)
"""What says how a node is at the moment, not what it is."""


def with_template(
    world: World, kind: str, template: str, names: Sequence[str], given: Mapping[str, str]
) -> dict[str, str]:
    """What is given, and what the template adds. Raises UsageError."""
    if "," in template:
        raise UsageError("Only 1 template object definition should be specified for mkdef!")
    shipped = TEMPLATES.get(kind, {}).get(template)
    found = _filled(shipped, given) if shipped else _of_object(world, kind, template, names)
    return {**found, **{attribute: text for attribute, text in given.items() if text or attribute not in found}}


def _filled(template: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    for attribute, text in template.items():
        if text.startswith(MANDATORY) and not given.get(attribute):
            raise UsageError(f'The attribute "{attribute}" must be specified!')
    return {one: text for one, text in template.items() if not text.startswith((MANDATORY, OPTIONAL))}


def _of_object(world: World, kind: str, template: str, names: Sequence[str]) -> dict[str, str]:
    if not exists(world, kind, template):
        raise UsageError(f"Could not find the template object named '{template}' of type '{kind}'.")
    if template in names:
        raise UsageError("The template node cannot be the same as the node to create.")
    values = read_object(world, kind, template)
    if kind == "node":
        values |= _own_scripts(world, template)
    return {attribute: text for attribute, text in values.items() if attribute not in _PASSING}


def _own_scripts(world: World, node: str) -> dict[str, str]:
    """Without those of xcatdefaults, which the new node has anyway."""
    columns = ("postscripts", "postbootscripts")
    return {column: world.value(node, "postscripts", column) for column in columns}
