"""Measurements of speed, delay and detection, beside what a user would pick instead."""
