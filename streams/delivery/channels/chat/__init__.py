"""Robots in groups of chat services. One module a service, and what they have in common."""
