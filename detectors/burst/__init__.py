"""Bursts of entities that have counted before: baselines, detectors, onsets."""
