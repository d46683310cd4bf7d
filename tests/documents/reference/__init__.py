"""Makes the tables of the reference pages from the program itself."""
