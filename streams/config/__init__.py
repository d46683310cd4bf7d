"""The configuration: the shape of the file, its rules, and the values with every default."""
