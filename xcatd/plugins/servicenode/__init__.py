"""The life of a service node: `snadd`, `sndrain`, `snreplace` and `snretire`."""

from xcatd.plugins.servicenode.snadd import snadd
from xcatd.plugins.servicenode.sndrain import sndrain
from xcatd.plugins.servicenode.snreplace import snreplace
from xcatd.plugins.servicenode.snretire import snretire

__all__ = ["snadd", "sndrain", "snreplace", "snretire"]
