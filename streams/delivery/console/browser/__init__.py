"""Others' code that runs in the browser: which, of which version, and how it is installed."""
