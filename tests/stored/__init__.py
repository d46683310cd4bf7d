"""Tests of what is stored in pages."""
