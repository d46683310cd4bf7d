"""The page of the bulletins that are kept."""
