"""The addresses of this host, by interface."""

from __future__ import annotations

from xcatd.services.dns.setup import Interfaces
from xcatd.services.kernel import open_kernel


async def interfaces() -> Interfaces:
    """Interface -> its addresses, without the IPv6 link-local ones, which nobody can ask without naming an interface.

    Raises ServiceError when the kernel does not say them.
    """
    async with open_kernel() as kernel:
        found = (await kernel.routes()).interfaces
    return {name: [one for one in each.addresses if not one.is_link_local] for name, each in found.items()}
