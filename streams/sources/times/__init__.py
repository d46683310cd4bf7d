"""Reading times as files and other people's topics write them."""
