"""One self-contained HTML file about what was recorded and what was found in it."""
