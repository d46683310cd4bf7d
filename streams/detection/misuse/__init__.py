"""Misuse that is no burst: who uses which code for what, judged outside the rows of entities."""
