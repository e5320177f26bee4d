"""`mknb`: the small boot image, and what machines boot that nobody knows."""

from xcatd.plugins.genesis.mknb import mknb

__all__ = ["mknb"]
