"""What one section of a config asks of another; one section a file."""
