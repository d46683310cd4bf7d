"""Distributions of counts: Gamma-Poisson, negative binomial, and their dispersion."""
