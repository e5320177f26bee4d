"""`xcatstatus` and `makeservices`: the services that the management node and service nodes keep (table servicenode), and how the
service nodes are."""

from xcatd.plugins.services.make import makeservices
from xcatd.plugins.services.status import xcatstatus

__all__ = ["makeservices", "xcatstatus"]
