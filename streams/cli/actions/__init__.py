"""Commands by which people act on alerts."""
