"""The broker's edge: client settings, topics, and a local broker.

Nothing else in the project knows how a broker is started or how a Kafka client is configured.
"""
