"""Plots on pages: SVG with classes, whose colours and letters are in ``plot.css``."""
