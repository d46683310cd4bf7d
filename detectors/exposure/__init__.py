"""How busy a bucket is: common factor, hour of the week, weekly levels."""
