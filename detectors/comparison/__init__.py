"""How much counts of two spans differ, and how sure that is."""
