"""Why an entity had an alert, or had none: functions of its history."""
