"""The detectors of others: bounded, repeatable, never a second alert."""
