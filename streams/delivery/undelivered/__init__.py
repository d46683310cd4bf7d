"""Alerts that a receiver was not given: their topic, and how they are sent again."""
