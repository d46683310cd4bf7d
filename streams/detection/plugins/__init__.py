"""Detectors of others, which the configuration names, beside our own."""
