"""`xcathist`: what was changed, by whom; and how to take it back."""

from xcatd.plugins.history.command import xcathist

__all__ = ["xcathist"]
