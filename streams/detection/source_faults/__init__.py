"""Source faults: judges whether a source's data are complete, and come once."""
