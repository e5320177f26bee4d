"""How a node becomes a service node, and how it ends as one: what of the tables changes. Pure."""
