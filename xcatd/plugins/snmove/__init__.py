"""`snmove`: nodes go from one service node to another."""

from xcatd.plugins.snmove.command import snmove

__all__ = ["snmove"]
