"""What people do about alerts: events on a topic, and the state that every reader folds of them."""
