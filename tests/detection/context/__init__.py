"""What buckets are judged by."""
