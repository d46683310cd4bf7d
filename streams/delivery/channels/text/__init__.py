"""A notification as text for people: its words, what names may not do, and how long it may be."""
