"""Ids and names: one form of each, and what they say about whom a sender belongs to."""
