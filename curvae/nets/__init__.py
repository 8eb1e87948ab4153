"""Building blocks whose weights carry a leading member axis."""
