"""conserver, which holds the serial consoles of nodes: what it is told, and asking it."""
