"""Real processes on a real Kafka, disturbed; what comes out must be what comes out undisturbed."""
