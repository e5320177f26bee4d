"""`autoinst`: the answer files of unattended installations."""

from xcatd.plugins.autoinst.show import autoinst

__all__ = ["autoinst"]
