"""Nodes whose root file system is read-only, but for some files: tables litefile, litetree, statelite (docs/statelite.md)."""
