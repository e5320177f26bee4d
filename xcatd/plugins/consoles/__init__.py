"""Commands about the consoles of nodes."""
