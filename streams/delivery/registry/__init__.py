"""What the registry declares, for pages and programs that ask serve."""
