"""Tests of serve's store of ``series``."""
