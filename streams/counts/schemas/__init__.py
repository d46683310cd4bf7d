"""Decides about schemas while counting: whoever counts again must decide the same."""
