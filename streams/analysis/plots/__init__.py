"""The parts that plots and pages are made of."""
