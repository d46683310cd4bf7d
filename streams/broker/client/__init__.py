"""Settings for the Kafka clients, connection errors, writing, and the partitioner."""
