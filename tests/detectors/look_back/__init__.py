"""Tests of the statistics of a look-back."""
