"""What time it is in a lane: how far its records, or its silence, close its buckets."""
