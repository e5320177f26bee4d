"""`updatenode`: files, software and scripts for nodes that run."""

from xcatd.plugins.updatenode.command import updatenode

__all__ = ["updatenode"]
