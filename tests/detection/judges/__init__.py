"""The judges: who judges an entity, and what becomes of it."""
