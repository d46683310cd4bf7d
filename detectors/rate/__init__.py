"""Complaint rates: complaints, compared with the messages that they may be about."""
