"""Commands on nodes and their columns: `nodels` shows, `nodeadd`, `nodech` and `nodegrpch` change, `noderm` and
`nodepurge` remove; `gennr` and `rnoderange` write nodes in another way."""

from xcatd.plugins.nodes.add import nodeadd
from xcatd.plugins.nodes.change import nodech
from xcatd.plugins.nodes.group import nodegrpch
from xcatd.plugins.nodes.listing import nodels
from xcatd.plugins.nodes.ranges import gennr, rnoderange
from xcatd.plugins.nodes.remove import nodepurge, noderm

__all__ = ["gennr", "nodeadd", "nodech", "nodegrpch", "nodels", "nodepurge", "noderm", "rnoderange"]
