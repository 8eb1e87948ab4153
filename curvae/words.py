"""How logs, notes and pages say a number of things."""


def counted(number: int, thing: str, things: str | None = None) -> str:
    """A number and what there are so many of.

    Args:
        number: of them.
        thing: one of them; more have an s.
        things: more than one, where an s is not enough.
    """
    return f"{number} {thing if number == 1 else things or thing + 's'}"
