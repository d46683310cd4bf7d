"""The page of an alert: what is known of it, what was done about it, and what one can do."""
