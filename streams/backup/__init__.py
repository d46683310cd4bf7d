"""A backup: what a monitor keeps on Kafka, as files, and back."""
