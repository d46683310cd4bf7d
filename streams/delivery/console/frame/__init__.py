"""What all pages of the console have in common: reader, layout, static files, login, help."""
