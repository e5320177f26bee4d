"""How nodes boot: what `nodeset` says becomes states in the tables, kernel arguments, and files for loaders."""
