"""The formats of files: one module each, with all its facts, and the table of them."""
