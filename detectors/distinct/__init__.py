"""How many different ones there were, from few of their hashes."""
