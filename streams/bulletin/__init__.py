"""The bulletin: what is emerging in a period, and the tables that complaint centres publish."""
