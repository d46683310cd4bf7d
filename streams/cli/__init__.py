"""The command line: arguments and views; what the commands do is in the other packages."""
