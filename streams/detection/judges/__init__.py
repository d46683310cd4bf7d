"""The judges: of volume, of complaint rates, of slow rises; and what they share."""
