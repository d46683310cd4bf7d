"""The words of a bulletin and of a report of progress: figures to sections, in a language."""
