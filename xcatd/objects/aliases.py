"""Names that attributes had in older versions of xCAT, and in manuals that were never corrected."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_NODE = {
    "chassisloc": "chassis",
    "nicdevice": "nicdevices",
    "rackloc": "rack",
    "roomloc": "room",
    "serialnumber": "serial",
    "setupftpt": "setuptftp",
    "slotloc": "slot",
    "unitloc": "unit",
    "vlantag": "bmcvlantag",
    "vmtemplate": "vmmaster",
}

OLD_NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "group": _NODE,
        "kit": {"desc": "description", "name": "basename"},
        "kitcomponent": {"desc": "description"},
        "kitrepo": {"osname": "osbasename"},
        "node": _NODE,
        "osimage": {
            "desc": "description",
            "osdistro": "osdistroname",
            "osdistroupdates": "osupdatename",
            "osimageusercomment": "usercomment",
        },
    }
)
"""Type -> old name -> the name of today. None of the old names means something else today."""


def canonical(kind: str, attribute: str) -> str:
    """Today's name of an attribute, which is the attribute itself unless it is an old name. `nicdevice.eth0` keeps its NIC."""
    name, dot, nic = attribute.partition(".")
    return OLD_NAMES.get(kind, {}).get(name, name) + dot + nic
