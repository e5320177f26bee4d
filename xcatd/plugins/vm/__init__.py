"""Virtual machines: making them out of table vm (`mkvm`), looking at them, changing them and taking them away."""

from xcatd.plugins.vm.change import chvm
from xcatd.plugins.vm.look import lsvm
from xcatd.plugins.vm.make import mkvm
from xcatd.plugins.vm.remove import rmvm

__all__ = ["chvm", "lsvm", "mkvm", "rmvm"]
