"""Commands that prepare: configuration, topics, a local broker."""
