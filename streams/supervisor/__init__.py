"""Processes that another process starts, restarts and stops: the local broker's, and ours."""
