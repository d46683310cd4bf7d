"""How the alerts of two configurations differ."""
