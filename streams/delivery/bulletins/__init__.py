"""The bulletins that serve keeps."""
