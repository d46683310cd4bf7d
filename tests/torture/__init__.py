"""Real processes on a real Kafka, disturbed; the output must be that of an undisturbed run."""
