"""Commands that write or record data: ingest, record, simulate."""
