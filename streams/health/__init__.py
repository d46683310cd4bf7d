"""What the processes report about themselves, and what of it is wrong."""
