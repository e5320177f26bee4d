"""`nodeset`: what nodes boot next; `rinstall`: that, and they boot it now."""

from xcatd.plugins.nodeset.command import nodeset
from xcatd.plugins.nodeset.rinstall import rinstall

__all__ = ["nodeset", "rinstall"]
