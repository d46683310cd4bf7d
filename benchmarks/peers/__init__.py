"""Runs other stream processors on the same events, to compare their speed with ours."""
