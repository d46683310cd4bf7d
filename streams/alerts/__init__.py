"""Alerts: their names, their life, their bytes and sentences, and what was published of them."""
