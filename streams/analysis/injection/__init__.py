"""Bursts of known size that are injected into recorded counts."""
