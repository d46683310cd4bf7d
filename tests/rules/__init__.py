"""The rules that the whole source tree keeps, read off the source of every module."""
