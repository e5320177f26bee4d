"""Working on the nodes themselves: `xdsh`, and `makeknownhosts`, which says whom to believe."""

from xcatd.plugins.shell.command import xdsh
from xcatd.plugins.shell.knownhosts import makeknownhosts

__all__ = ["makeknownhosts", "xdsh"]
