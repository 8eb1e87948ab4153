"""Arrays and tables in, a figure and the numbers it shows out. One figure a file."""
