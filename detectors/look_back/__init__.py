"""Whether a rate that had been brought down has risen again: the tests of a look-back."""
