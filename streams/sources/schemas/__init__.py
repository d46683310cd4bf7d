"""Records whose shape is a schema's: Avro and Protobuf, read to plain documents."""
