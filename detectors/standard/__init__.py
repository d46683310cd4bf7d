"""The standard detectors of the field, each for one series and for many rows at once."""
