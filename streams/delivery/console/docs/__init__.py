"""The documentation in the console, so that a link to help needs no other host."""
