"""Cases over HTTP, and what serve does about them by itself."""
