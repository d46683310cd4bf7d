"""The command ``feed``: checking a feed, and the keys that sign it."""
