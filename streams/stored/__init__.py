"""Values that are stored again only where they have changed."""
