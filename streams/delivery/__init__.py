"""Delivery of alerts: the feed over HTTP, and a queue for each receiver of operators."""
