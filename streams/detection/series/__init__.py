"""What a close says of single entities beside its alerts, and of whom."""
