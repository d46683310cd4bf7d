"""Tests of `streams.detection.source_faults`."""
