"""The pages of cases: for the centre, and for whom a case was handed to."""
