"""Consoles of nodes: a way in, a log of everything that they say, and viewers who share them."""
