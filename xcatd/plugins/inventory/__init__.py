"""`xcat-inventory`: the configuration as a file that is fit for git, and back."""

from xcatd.plugins.inventory.command import xcat_inventory

__all__ = ["xcat_inventory"]
