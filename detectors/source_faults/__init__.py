"""What is usual of a source of counts: lengths of gaps, shares, and counts that do not divide."""
