"""The HTTP API below /api/v1: alerts, what people do about them, and who asks."""
