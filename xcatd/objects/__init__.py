"""The definition layer: nodes and groups with inherited and worked-out values, attributes, and what follows from them."""

from xcatd.objects.attributes import TYPES, Attribute, ObjectType
from xcatd.objects.bmc import bmc_endpoint, management_method
from xcatd.objects.changes import Mode, changes_for
from xcatd.objects.nodes import check_attribute, has_object, object_type, read_object
from xcatd.objects.routes import service_pool
from xcatd.objects.rules import BadRule
from xcatd.objects.world import World, world_of

__all__ = [
    "TYPES",
    "Attribute",
    "BadRule",
    "Mode",
    "ObjectType",
    "World",
    "bmc_endpoint",
    "changes_for",
    "check_attribute",
    "has_object",
    "management_method",
    "object_type",
    "read_object",
    "service_pool",
    "world_of",
]
