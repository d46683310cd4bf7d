"""What is new to a series: names that it has not had before."""
