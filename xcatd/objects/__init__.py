"""The definition layer: nodes and groups with inherited and worked-out values, attributes, and what follows from them."""

from xcatd.objects.attributes import TYPES, Attribute, ObjectType
from xcatd.objects.changes import Mode, changes_for
from xcatd.objects.endpoints import endpoint_of, management_method
from xcatd.objects.names import exists, object_names
from xcatd.objects.nodes import check_attribute, has_object, object_type
from xcatd.objects.reading import read_object, read_objects
from xcatd.objects.routes import console_pools, reached_centrally, service_pool
from xcatd.objects.rules import BadRule
from xcatd.objects.world import World, world_of

__all__ = [
    "TYPES",
    "Attribute",
    "BadRule",
    "Mode",
    "ObjectType",
    "World",
    "changes_for",
    "check_attribute",
    "console_pools",
    "endpoint_of",
    "exists",
    "has_object",
    "management_method",
    "object_names",
    "object_type",
    "reached_centrally",
    "read_object",
    "read_objects",
    "service_pool",
    "world_of",
]
