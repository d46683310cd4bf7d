"""Commands that run the processes, and the one that shows how they are."""
