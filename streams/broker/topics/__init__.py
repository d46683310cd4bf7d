"""Topics, offsets, consumer groups and rights on a cluster."""
