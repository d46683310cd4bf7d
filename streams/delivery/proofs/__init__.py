"""Proofs over HTTP: trees that follow ``alerts``, the keys that sign, and their addresses."""
