"""What emerges over weeks: evidence that a series has begun to rise, or to fall, some weeks ago."""
