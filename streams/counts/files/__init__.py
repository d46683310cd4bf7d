"""Files on their way to a topic."""
