"""The tables of the database as data, a file per family: names, columns, keys and descriptions of xCAT 2 (schema.md)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Any, TypeVar

from xcatd.model import Attribute
from xcatd.store.schema import (
    access,
    deployment,
    hardware,
    images,
    logs,
    monitoring,
    network,
    nodes,
    own,
    power,
    site,
    virtual,
)
from xcatd.store.schema.layout import Layout
from xcatd.store.schema.site import SITE_ATTRIBUTES
from xcatd.store.schema.table import Accepts, Column, Table

T = TypeVar("T")

__all__ = ["SITE_ATTRIBUTES", "STANDARD", "TABLES", "Accepts", "Column", "Layout", "Schema", "Table"]

_FAMILIES = (access, deployment, hardware, images, logs, monitoring, network, nodes, own, power, site, virtual)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in sorted(chain.from_iterable(family.TABLES for family in _FAMILIES), key=lambda table: table.name)
    }
)
"""Every table, by name, in alphabetical order."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a cluster by name, and what its site adds to the attributes of objects: type -> entries of the map.

    `layouts` says where the columns of each table stand in its rows.
    """

    tables: Mapping[str, Table]
    attributes: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)
    layouts: Mapping[str, Layout] = field(init=False, repr=False, compare=False)
    _memo: dict[Hashable, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        layouts = {name: Layout.of(table) for name, table in self.tables.items()}
        object.__setattr__(self, "layouts", MappingProxyType(layouts))

    def cached(self, key: Hashable, build: Callable[[], T]) -> T:
        """What `build` makes of these tables, made once."""
        if key not in self._memo:
            self._memo[key] = build()
        built: T = self._memo[key]
        return built


STANDARD = Schema(TABLES)
"""The tables of xCAT 2, and nothing that a site adds."""
