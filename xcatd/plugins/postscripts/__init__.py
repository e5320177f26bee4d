"""`getpostscript` and `mypostscript`: what a node runs after its installation and at boot."""

from xcatd.plugins.postscripts.fetch import getpostscript
from xcatd.plugins.postscripts.show import mypostscript

__all__ = ["getpostscript", "mypostscript"]
