"""Images: what their definitions name, where their files are, and bundles that take them to another management node."""
