"""Readers who see one platform, one region, or one carrier's codes."""
