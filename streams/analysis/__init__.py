"""Analyses of what was recorded or replayed: explain, labels, diff, tuning, report."""
