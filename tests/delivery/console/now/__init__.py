"""Tests of the console's first page."""
