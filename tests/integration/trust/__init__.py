"""Certificates that are not as they must be, over real handshakes: one sentence for the user, one line in the log."""
