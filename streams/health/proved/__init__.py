"""The feeds' proofs in the look at the monitor: their keys and trees, and what is wrong."""
