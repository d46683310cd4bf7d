"""What statutes and providers count: packs of rules as data, with parameters that may be set."""
