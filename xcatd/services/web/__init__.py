"""The HTTP servers that can give out this host's folders: what each of them is told."""
