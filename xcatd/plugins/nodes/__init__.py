"""Commands on nodes and their columns: `nodels` shows, `nodeadd`, `nodech` and `nodegrpch` change, `noderm` removes."""

from xcatd.plugins.nodes.add import nodeadd
from xcatd.plugins.nodes.change import nodech
from xcatd.plugins.nodes.group import nodegrpch
from xcatd.plugins.nodes.listing import nodels
from xcatd.plugins.nodes.remove import noderm

__all__ = ["nodeadd", "nodech", "nodegrpch", "nodels", "noderm"]
