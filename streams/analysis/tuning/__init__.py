"""What settings would have found: differences between two, and a search for better ones."""
