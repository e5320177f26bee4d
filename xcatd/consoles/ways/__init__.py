"""The ways to a node's console: one a file, and `way_of`, which reads a node's way out of the tables."""

from xcatd.consoles.ways.choose import way_of

__all__ = ["way_of"]
