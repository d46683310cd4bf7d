"""Tests of judges of misuse."""
