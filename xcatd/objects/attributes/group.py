"""The attributes of groups: their own, and what their members inherit."""

from __future__ import annotations

from xcatd.objects.attributes.attribute import cells
from xcatd.objects.attributes.node import INHERITED

GROUP = (
    *cells("nodegroup", "groupname grouptype members membergroups wherevals usercomment=comments", key="groupname"),
    *INHERITED,
)
