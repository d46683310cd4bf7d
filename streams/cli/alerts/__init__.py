"""Commands that show alerts and label them."""
