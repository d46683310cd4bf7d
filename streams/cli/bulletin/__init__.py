"""Commands that write documents to hand in or to publish."""
