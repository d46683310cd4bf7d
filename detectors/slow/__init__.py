"""Slow rises over weeks, which a baseline that learns daily does not show."""
