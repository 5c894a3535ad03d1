"""Where the lamps are."""


def path(lamp: int) -> str:
    return f"/lamps/{lamp}"
