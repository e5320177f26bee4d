"""Files to nodes and from them: `xdcp`, and `xdcpimage`, which is `xdcp -i`."""

from xcatd.plugins.copy.command import xdcp
from xcatd.plugins.copy.image import xdcpimage

__all__ = ["xdcp", "xdcpimage"]
