"""Asking the servers of this host by their own protocols, as those ask whom they serve."""
