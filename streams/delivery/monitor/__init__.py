"""The monitor's own faults reach operators: events of their own to the webhooks that want them."""
