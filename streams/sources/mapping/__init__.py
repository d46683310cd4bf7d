"""From a record to the texts of its fields: paths, places, and what a record becomes."""
