"""`nodeset`: what nodes boot next; `rinstall`: that, and they boot it now; `rnetboot`: they boot what is set."""

from xcatd.plugins.nodeset.command import nodeset
from xcatd.plugins.nodeset.rinstall import rinstall
from xcatd.plugins.nodeset.rnetboot import rnetboot

__all__ = ["nodeset", "rinstall", "rnetboot"]
