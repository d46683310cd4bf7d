"""What is counted beside totals: who complained, how many were reached, who used what."""
