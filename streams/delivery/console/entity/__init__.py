"""The pages of entities: search, and what is known of one."""
