"""Tests of look-backs at handled cases."""
