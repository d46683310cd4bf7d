"""Labels: what people say of alerts, and how alerts are scored against it."""
