"""The page of the log: who did what about which alert."""
