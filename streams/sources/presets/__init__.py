"""Shipped mappings of usual providers' records: see `shipped`."""
