"""Cases: leads that are handed on to a platform or a carrier, and followed until they are over."""
