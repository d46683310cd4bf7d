"""The registry: who may use which access code, signature, merchant and platform, and for what."""
