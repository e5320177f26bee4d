"""The small boot image: what it is built of, and what machines boot that nobody knows (docs/genesis.md)."""
