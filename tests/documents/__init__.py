"""The documents: their examples, links and generated parts."""
