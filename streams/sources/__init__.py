"""Bytes to events: files and topics are read, checked, and rid of people's names."""
