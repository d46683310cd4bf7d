"""Why an entity had an alert, or had none."""
