"""The demo's recordings and configuration, and what plays them through a broker."""
