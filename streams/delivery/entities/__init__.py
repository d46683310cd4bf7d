"""What serve knows of entities: its own copy of ``series``, and what detect answers."""
