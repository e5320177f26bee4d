"""`getpostscript` and `mypostscript`: what a node runs after its installation and at boot; `syncfiles`: it wants its files."""

from xcatd.plugins.postscripts.fetch import getpostscript, syncfiles
from xcatd.plugins.postscripts.show import mypostscript

__all__ = ["getpostscript", "mypostscript", "syncfiles"]
