"""Detectors beside ours, which the configuration names."""
