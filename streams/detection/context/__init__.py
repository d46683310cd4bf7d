"""What a bucket is judged by: its context, the budget, the calendar, who belongs to what."""
