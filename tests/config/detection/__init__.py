"""Tests of the tables of the configuration on what is judged."""
