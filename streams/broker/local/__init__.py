"""A broker that runs on this machine: Apache Kafka, or a stand-in."""
