"""`makenetworks`: the networks of the servers become rows of the table `networks`."""

from xcatd.plugins.networks.make import makenetworks

__all__ = ["makenetworks"]
