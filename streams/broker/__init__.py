"""The broker's edge: a local broker, client settings, topics and the partitioner.

Nothing else in the project knows how a broker is started or how a Kafka client is
configured; ``broker.choose_broker`` and ``settings.Connection`` are the two ways in.
"""
