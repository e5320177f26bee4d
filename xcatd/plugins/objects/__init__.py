"""Commands on objects: `lsdef` shows nodes, groups, networks, images, the site, ... and `chdef` changes them."""

from xcatd.plugins.objects.change import chdef
from xcatd.plugins.objects.show import lsdef

__all__ = ["chdef", "lsdef"]
