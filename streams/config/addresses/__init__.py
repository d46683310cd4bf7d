"""Addresses that a configuration names: which cannot be called or bound."""
