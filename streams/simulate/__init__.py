"""Labelled synthetic sends and complaints, from one seed, at any size."""
