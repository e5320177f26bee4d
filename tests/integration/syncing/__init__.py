"""Files of synclists on real nodes."""
