"""The attribute map: which attributes the objects of each type have, and where they are stored. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xcatd.model import Attribute
from xcatd.objects.attributes import cluster, images
from xcatd.objects.attributes.attribute import ObjectType
from xcatd.objects.attributes.group import GROUP
from xcatd.objects.attributes.node import NODE

__all__ = ["TYPES", "Attribute", "ObjectType"]

TYPES: Mapping[str, ObjectType] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            ObjectType("auditlog", "recid", cluster.AUDITLOG),
            ObjectType("boottarget", "bprofile", images.BOOTTARGET),
            ObjectType("eventlog", "recid", cluster.EVENTLOG),
            ObjectType("firmware", "cfgfile", cluster.FIRMWARE),
            ObjectType("group", "groupname", GROUP),
            ObjectType("kit", "kitname", images.KIT),
            ObjectType("kitcomponent", "kitcompname", images.KITCOMPONENT),
            ObjectType("kitrepo", "kitreponame", images.KITREPO),
            ObjectType("monitoring", "name", cluster.MONITORING),
            ObjectType("network", "netname", cluster.NETWORK),
            ObjectType("node", "node", NODE),
            ObjectType("notification", "filename", cluster.NOTIFICATION),
            ObjectType("osdistro", "osdistroname", images.OSDISTRO),
            ObjectType("osdistroupdate", "osupdatename", images.OSDISTROUPDATE),
            ObjectType("osimage", "imagename", images.OSIMAGE),
            ObjectType("pdu", "node", cluster.PDU),
            ObjectType("policy", "priority", cluster.POLICY),
            ObjectType("rack", "rackname", cluster.RACK),
            ObjectType("route", "routename", cluster.ROUTE),
            ObjectType("site", "master", cluster.SITE),
            ObjectType("taskstate", "node", cluster.TASKSTATE),
            ObjectType("zone", "zonename", cluster.ZONE),
            ObjectType("zvmivp", "id", cluster.ZVMIVP),
        )
    }
)
"""Every type of objects, by name, in alphabetical order."""
