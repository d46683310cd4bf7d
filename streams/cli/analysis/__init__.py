"""Commands that judge recorded data: replay, explain, diff, tune, report."""
