"""The console: what operators see and do in a browser. Pages are made here, and need no script."""
