"""Events to counts: each lane's running totals, and the process that writes them."""
