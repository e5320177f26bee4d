"""Commands on tables: some show them (`tabdump`, `gettab`, `tabgrep`), some change them (`tabch`, `chtab`, `tabrestore`,
`tabprune`), some copy all of them (`dumpxCATdb`, `restorexCATdb`)."""

from xcatd.plugins.tables.change import tabch
from xcatd.plugins.tables.copies import dumpxcatdb, restorexcatdb
from xcatd.plugins.tables.dump import tabdump
from xcatd.plugins.tables.get import gettab
from xcatd.plugins.tables.grep import tabgrep
from xcatd.plugins.tables.prune import tabprune
from xcatd.plugins.tables.restore import tabrestore

__all__ = ["dumpxcatdb", "gettab", "restorexcatdb", "tabch", "tabdump", "tabgrep", "tabprune", "tabrestore"]
