"""`litefile`, `ilitefile`, `litetree` and `lslite`: what statelite nodes have of their own, and where it comes from."""

from xcatd.plugins.statelite.lists import ilitefile, litefile, litetree
from xcatd.plugins.statelite.show import lslite

__all__ = ["ilitefile", "litefile", "litetree", "lslite"]
