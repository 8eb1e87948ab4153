"""What a user can mend."""


class Refusal(Exception):
    """Said in words of its own: a job that it ends shows no traceback."""
