"""The loops over rows, in C: what NumPy would do in thousands of small calls a bucket."""
