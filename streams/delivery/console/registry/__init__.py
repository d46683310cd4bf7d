"""The page on the registry: what is declared about a number or a name."""
