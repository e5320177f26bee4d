"""`rpower`: switching nodes on and off, in an order and at a pace, and waiting for what comes of it."""

from xcatd.plugins.power.command import rpower

__all__ = ["rpower"]
