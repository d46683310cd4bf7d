"""Forms that act: what people do on pages comes to the book as what programs ask for."""
