"""Silences and snoozes: those that run, what each hides, and a new one with what it would hide."""
