"""Root file systems of nodes without a disk of their own: built from packages, packed, and what boots them (docs/diskless.md)."""
