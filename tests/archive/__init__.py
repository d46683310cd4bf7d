"""Tests of streams/archive."""
