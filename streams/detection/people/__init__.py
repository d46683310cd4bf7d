"""Distinct people behind the counts: who complained, and how many were reached."""
