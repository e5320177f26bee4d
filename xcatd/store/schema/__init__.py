"""The tables of the database as data, a file per family: names, columns, keys and descriptions of xCAT 2 (schema.md)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType

from xcatd.store.schema import (
    access,
    deployment,
    hardware,
    images,
    logs,
    monitoring,
    network,
    nodes,
    power,
    site,
    virtual,
)
from xcatd.store.schema.site import SITE_ATTRIBUTES
from xcatd.store.schema.table import Column, Table

__all__ = ["SITE_ATTRIBUTES", "TABLES", "Column", "Table"]

_FAMILIES = (access, deployment, hardware, images, logs, monitoring, network, nodes, power, site, virtual)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in sorted(chain.from_iterable(family.TABLES for family in _FAMILIES), key=lambda table: table.name)
    }
)
"""Every table, by name, in alphabetical order."""
