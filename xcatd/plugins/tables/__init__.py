"""Commands on tables: `tabdump` shows them, `gettab` reads a cell, `tabch` and `chtab` change cells."""

from xcatd.plugins.tables.change import tabch
from xcatd.plugins.tables.dump import tabdump
from xcatd.plugins.tables.get import gettab

__all__ = ["gettab", "tabch", "tabdump"]
