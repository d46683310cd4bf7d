"""What is counted beside totals, as the configuration has it."""
