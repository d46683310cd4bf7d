"""What entities learn from each other: priors, ranks among peers, and what a silence means."""
