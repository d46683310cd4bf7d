"""Who is told of what: alerts routed to people, grouped, repeated, escalated, and sent once."""
