"""Writing an archive: from a replay of files, or from the topics on Kafka."""
