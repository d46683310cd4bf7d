"""Serve's door: who may ask for which address, logins, and the topic of users."""
