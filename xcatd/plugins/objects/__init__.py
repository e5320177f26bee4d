"""Commands on objects: `lsdef` shows nodes, groups, networks, images, the site, ...; `mkdef`, `chdef` and `rmdef` change them."""

from xcatd.plugins.objects.change import chdef
from xcatd.plugins.objects.create import mkdef
from xcatd.plugins.objects.remove import rmdef
from xcatd.plugins.objects.show import lsdef

__all__ = ["chdef", "lsdef", "mkdef", "rmdef"]
