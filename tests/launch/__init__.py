"""Commands of the product in processes of their own, without waiting for their imports."""
