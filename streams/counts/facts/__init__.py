"""What a lane counts beside totals: where it is wanted, and nothing elsewhere."""
