"""The keys K_g of BMCs (IPMI 2.0, section 13.31): rows of table passwd with the key `ipmikg`.

xCAT has no place for them. The password of a row is the key, as text or in hexadecimal after 0x; its user name is whose key it
is: a node, a group, or empty for all others.
"""

from __future__ import annotations

from xcatd.model import Secret
from xcatd.objects.world import World

KEY = "ipmikg"


def kg_of(world: World, node: str) -> Secret:
    """The key of the node's BMC: the node's own, else that of the first of its groups that has one, else the one for all,
    else none."""
    rows = {row["username"]: row["password"] for row in world.snapshot.table("passwd").find(KEY)}
    owner = next((name for name in (node, *world.groups_of(node)) if name in rows), "")
    return Secret(rows.get(owner, ""))
