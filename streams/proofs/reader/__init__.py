"""What a reader checks: pages of a feed, against checkpoints and what was seen before."""
