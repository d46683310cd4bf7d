"""The page of the monitor: sources, budget, calendar, processes, and what is wrong."""
