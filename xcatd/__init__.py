"""xcatd: the daemon that runs a cluster's nodes, on the management node and on every service node."""

__version__ = "3.0.0a1"
