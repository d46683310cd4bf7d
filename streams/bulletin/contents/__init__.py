"""What a bulletin says: figures without words, from what was recorded."""
