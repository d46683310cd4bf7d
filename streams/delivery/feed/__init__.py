"""The feed: numbered alerts for the regulator, over HTTP."""
