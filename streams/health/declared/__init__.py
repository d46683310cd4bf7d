"""The registry in the look at the monitor: its state, and what is wrong with it."""
