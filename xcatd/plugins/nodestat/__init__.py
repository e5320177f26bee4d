"""`nodestat`: what nodes answer on the network now."""

from xcatd.plugins.nodestat.command import nodestat

__all__ = ["nodestat"]
