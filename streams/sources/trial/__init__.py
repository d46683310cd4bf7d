"""Before anything runs: what records would become, and which mapping fits them."""
