"""Opening the files of a source, whatever compression and encoding they come in."""
