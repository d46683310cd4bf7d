"""Judges counts: merges lanes, closes buckets, judges them, and keeps checkpoints."""
