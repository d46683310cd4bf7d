"""Who may ask for what: users, tokens, sessions, and what is checked of a request."""
