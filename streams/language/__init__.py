"""The languages that people read: catalogues of texts, and how numbers and times are written."""
