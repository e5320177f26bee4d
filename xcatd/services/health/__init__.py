"""How service nodes are: what is asked of them from outside, and what follows from the answers."""
