"""A document of sections and tables, and its forms: HTML, CSV and Markdown."""
