"""Images that nodes boot without a disk: genimage, packimage, liteimg and geninitrd (docs/diskless.md)."""

from xcatd.plugins.rootimg.genimage import genimage
from xcatd.plugins.rootimg.geninitrd import geninitrd
from xcatd.plugins.rootimg.liteimg import liteimg
from xcatd.plugins.rootimg.packimage import packimage

__all__ = ["genimage", "geninitrd", "liteimg", "packimage"]
