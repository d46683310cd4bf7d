"""The first page: what is open now."""
