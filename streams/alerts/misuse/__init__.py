"""Alerts on misuse: what they rest on, and their sentences."""
